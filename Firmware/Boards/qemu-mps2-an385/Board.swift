import Peripherals
import Startup

/// The first of the board's UARTs, which QEMU shows on standard output.
private var uart: CMSDKUART { CMSDKUART(base: 0x4000_4000) }

public enum Console {
  public static func write(_ byte: UInt8) { uart.write(byte) }
  public static func read() -> UInt8 { uart.read() }
}

@c(machine_start)
public func start() { uart.start(divisor: 16) }

@c(machine_exit)
public func exit(_ code: Int32) -> Never { semihosting_exit(code) }

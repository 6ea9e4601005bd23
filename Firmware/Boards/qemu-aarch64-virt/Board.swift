import Peripherals
import Startup

/// The machine's UART, which QEMU shows on standard output.
private var uart: PL011 { PL011(base: 0x0900_0000) }

public enum Console {
  public static func write(_ byte: UInt8) { uart.write(byte) }
  public static func read() -> UInt8 { uart.read() }
}

@c(machine_start)
public func start() { uart.start(clock: 24_000_000, rate: 115_200) }

@c(machine_exit)
public func exit(_ code: Int32) -> Never { semihosting_exit(code) }

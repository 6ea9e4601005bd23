import Peripherals
import Startup

/// The first of the board's UARTs, at its Secure address, which QEMU shows on standard output.
private var uart: CMSDKUART { CMSDKUART(base: 0x5020_0000) }

public enum Console {
  public static func write(_ byte: UInt8) { uart.write(byte) }
}

@c @implementation
public func machine_start() { uart.start(divisor: 16) }

@c @implementation
public func machine_exit(_ code: Int32) -> Never { semihosting_exit(code) }

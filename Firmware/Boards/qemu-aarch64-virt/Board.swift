import Peripherals
import Startup

/// The machine's UART, which QEMU shows on standard output.
private var uart: PL011 { PL011(base: 0x0900_0000) }

public enum Console {
  public static func write(_ byte: UInt8) { uart.write(byte) }
}

@c @implementation
public func machine_start() { uart.start(clock: 24_000_000, rate: 115_200) }

@c @implementation
public func machine_exit(_ code: Int32) -> Never { semihosting_exit(code) }

import Peripherals
import Startup

/// The machine's UART, which QEMU shows on standard output.
public enum Console {
  public static func write(_ byte: UInt8) { UART16550(base: 0x1000_0000).write(byte) }
}

@c @implementation
public func machine_start() {}

@c @implementation
public func machine_exit(_ code: Int32) -> Never { sifive_test_exit(code) }

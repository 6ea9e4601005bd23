import Peripherals
import Startup

/// The machine's UART, which QEMU shows on standard output.
private var uart: UART16550 { UART16550(base: 0x1000_0000) }

public enum Console {
  public static func write(_ byte: UInt8) { uart.write(byte) }
  public static func read() -> UInt8 { uart.read() }
}

@c(machine_start)
public func start() {}

@c(machine_exit)
public func exit(_ code: Int32) -> Never { sifive_test_exit(code) }

import Startup
import _Volatile

/// The UART of the nRF51822, which QEMU shows on standard output.
/// Source: nRF51 Series Reference Manual, "UART".
public enum Console {
  public static func write(_ byte: UInt8) {
    unsafe register(0x500).store(4)  // ENABLE
    unsafe register(0x008).store(1)  // STARTTX
    unsafe register(0x11C).store(0)  // TXDRDY, which a sent byte sets
    unsafe register(0x51C).store(UInt32(byte))  // TXD
    while unsafe register(0x11C).load() == 0 {}
  }

  @unsafe
  private static func register(_ offset: UInt) -> VolatileMappedRegister<UInt32> {
    unsafe VolatileMappedRegister(unsafeBitPattern: 0x4000_2000 + offset)
  }
}

public enum Board {
  /// Ends the emulator with an exit code.
  public static func exit(code: Int32) -> Never { machine_exit(code) }
}

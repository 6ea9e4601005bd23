import Startup
import _Volatile

/// The 16550 UART of the machine, which QEMU shows on standard output.
public enum Console {
  public static func write(_ byte: UInt8) {
    let data = unsafe VolatileMappedRegister<UInt8>(unsafeBitPattern: 0x1000_0000)
    data.store(byte)
  }
}

public enum Board {
  /// Ends the emulator with an exit code.
  public static func exit(code: Int32) -> Never { machine_exit(code) }
}

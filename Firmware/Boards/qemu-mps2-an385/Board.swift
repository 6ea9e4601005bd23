import Startup
import _Volatile

/// The first of the board's CMSDK UARTs, which QEMU shows on standard output.
public enum Console {
  public static func write(_ byte: UInt8) {
    let data = unsafe VolatileMappedRegister<UInt32>(unsafeBitPattern: 0x4000_4000)
    let control = unsafe VolatileMappedRegister<UInt32>(unsafeBitPattern: 0x4000_4008)
    control.store(1)  // transmitter on
    data.store(UInt32(byte))
  }
}

public enum Board {
  /// Ends the emulator with an exit code.
  public static func exit(code: Int32) -> Never { machine_exit(code) }
}

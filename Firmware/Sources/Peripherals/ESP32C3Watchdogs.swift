import _Volatile

/// The watchdogs that the boot ROM leaves on.
/// Source: Espressif, ESP32-C3 Technical Reference Manual, "Watchdog Timers".
public enum ESP32C3Watchdogs {
  private static let key: UInt32 = 0x50D8_3AA1
  private static let superKey: UInt32 = 0x8F1D_312A

  public static func stop() {
    write(0x6001_F064, key)  // TIMG_WDTWPROTECT
    write(0x6001_F048, 0)  // TIMG_WDTCONFIG0
    write(0x6000_80A8, key)  // RTC_CNTL_WDTWPROTECT
    write(0x6000_8090, 0)  // RTC_CNTL_WDTCONFIG0
    write(0x6000_80B0, superKey)  // RTC_CNTL_SWD_WPROTECT
    write(0x6000_80AC, 1 << 31)  // RTC_CNTL_SWD_CONF: it feeds itself
  }

  private static func write(_ address: UInt, _ value: UInt32) {
    unsafe VolatileMappedRegister<UInt32>(unsafeBitPattern: address).store(value)
  }
}

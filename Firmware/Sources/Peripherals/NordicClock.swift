import _Volatile

/// The high-frequency clock of the nRF52 series.
/// Source: nRF52840 Product Specification, "CLOCK".
public enum NordicClock {
  /// Waits for the crystal, without which a UART's rate may be too far off.
  public static func startCrystal() {
    let start = unsafe VolatileMappedRegister<UInt32>(unsafeBitPattern: 0x4000_0000)
    start.store(1)  // TASKS_HFCLKSTART
    let started = unsafe VolatileMappedRegister<UInt32>(unsafeBitPattern: 0x4000_0100)
    while started.load() == 0 {}  // EVENTS_HFCLKSTARTED
  }
}

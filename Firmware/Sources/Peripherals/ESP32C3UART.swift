import _Volatile

/// UART0 of the ESP32-C3, on GPIO 20 and 21 as the boot ROM leaves it.
/// Source: Espressif, ESP32-C3 Technical Reference Manual, "UART Controller".
public struct ESP32C3UART {
  private static let base: UInt = 0x6000_0000
  /// Hz, of the crystal that the chip needs.
  private static let crystalRate: UInt32 = 40_000_000
  private static let update: UInt32 = 1 << 31

  public init() {}

  ///     divisor = crystal / rate, in 16ths, rounded to nearest
  public func start(rate: UInt32) {
    let divisor = (32 &* Self.crystalRate / rate &+ 1) / 2
    unsafe register(0x78).store(0x0370_0000)  // CLK_CONF: the crystal, undivided, on
    unsafe register(0x14).store(divisor &>> 4 | (divisor & 15) &<< 20)  // CLKDIV
    unsafe register(0x80).store(register(0x80).load() | Self.update)  // ID
    while unsafe register(0x80).load() & Self.update != 0 {}
  }

  public func write(_ byte: UInt8) {
    while unsafe register(0x1C).load() &>> 16 & 0x3FF >= 127 {}  // STATUS: TXFIFO_CNT
    unsafe register(0x00).store(UInt32(byte))  // FIFO
  }

  /// Waits for a byte.
  public func read() -> UInt8 {
    while unsafe register(0x1C).load() & 0x3FF == 0 {}  // STATUS: RXFIFO_CNT
    return unsafe UInt8(truncatingIfNeeded: register(0x00).load())
  }

  @unsafe
  private func register(_ offset: UInt) -> VolatileMappedRegister<UInt32> {
    unsafe VolatileMappedRegister(unsafeBitPattern: Self.base + offset)
  }
}

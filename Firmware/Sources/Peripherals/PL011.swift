import _Volatile

/// Arm's PrimeCell UART, PL011.
/// Source: Arm PrimeCell UART (PL011) Technical Reference Manual.
@safe
public struct PL011 {
  private let base: UInt

  public init(base: UInt) { self.base = base }

  /// 8 bits, no parity, one stop bit; `clock` is the UART's, in Hz.
  ///
  ///     divisor = clock / (16 · rate), in 64ths, rounded to nearest
  public func start(clock: UInt32, rate: UInt32) {
    let divisor = (8 &* clock / rate &+ 1) / 2
    unsafe register(0x24).store(divisor &>> 6)  // UARTIBRD
    unsafe register(0x28).store(divisor & 63)  // UARTFBRD
    unsafe register(0x2C).store(0x70)  // UARTLCR_H: 8 bits, FIFOs
    unsafe register(0x30).store(0x301)  // UARTCR: transmitter, receiver, UART on
  }

  public func write(_ byte: UInt8) {
    while unsafe register(0x18).load() & 0x20 != 0 {}  // UARTFR: TXFF
    unsafe register(0x00).store(UInt32(byte))  // UARTDR
  }

  /// Waits for a byte.
  public func read() -> UInt8 {
    while unsafe register(0x18).load() & 0x10 != 0 {}  // UARTFR: RXFE
    return unsafe UInt8(truncatingIfNeeded: register(0x00).load())  // UARTDR
  }

  @unsafe
  private func register(_ offset: UInt) -> VolatileMappedRegister<UInt32> {
    unsafe VolatileMappedRegister(unsafeBitPattern: base + offset)
  }
}

import _Volatile

/// A USART of STM32F2 and STM32F4.
/// Source: ST, RM0390, "Universal synchronous asynchronous receiver transmitter".
@safe
public struct STM32USART {
  private let base: UInt

  public init(base: UInt) { self.base = base }

  /// 8 bits, no parity, one stop bit; `clock` is the bus's, in Hz.
  ///
  ///     divisor = clock / rate, in 16ths of 16 clocks, rounded to nearest
  public func start(clock: UInt32, rate: UInt32) {
    unsafe register(0x08).store((clock &+ rate / 2) / rate)  // BRR
    unsafe register(0x0C).store(0x200C)  // CR1: USART, transmitter, receiver on
  }

  public func write(_ byte: UInt8) {
    while unsafe register(0x00).load() & 0x80 == 0 {}  // SR: TXE
    unsafe register(0x04).store(UInt32(byte))  // DR
  }

  /// Waits for a byte.
  public func read() -> UInt8 {
    while unsafe register(0x00).load() & 0x20 == 0 {}  // SR: RXNE
    return unsafe UInt8(truncatingIfNeeded: register(0x04).load())
  }

  @unsafe
  private func register(_ offset: UInt) -> VolatileMappedRegister<UInt32> {
    unsafe VolatileMappedRegister(unsafeBitPattern: base + offset)
  }
}

import _Volatile

/// The UART of Arm's Cortex-M System Design Kit, in the MPS boards' FPGA images.
/// Source: Arm Cortex-M System Design Kit Technical Reference Manual, "APB UART".
@safe
public struct CMSDKUART {
  private let base: UInt

  public init(base: UInt) { self.base = base }

  /// `divisor` clocks to a bit, at least 16.
  public func start(divisor: UInt32) {
    unsafe register(0x10).store(divisor)  // BAUDDIV
    unsafe register(0x08).store(3)  // CTRL: transmitter and receiver on
  }

  public func write(_ byte: UInt8) {
    while unsafe register(0x04).load() & 1 != 0 {}  // STATE: TXFULL
    unsafe register(0x00).store(UInt32(byte))  // DATA
  }

  /// Waits for a byte.
  public func read() -> UInt8 {
    while unsafe register(0x04).load() & 2 == 0 {}  // STATE: RXFULL
    return unsafe UInt8(truncatingIfNeeded: register(0x00).load())
  }

  @unsafe
  private func register(_ offset: UInt) -> VolatileMappedRegister<UInt32> {
    unsafe VolatileMappedRegister(unsafeBitPattern: base + offset)
  }
}

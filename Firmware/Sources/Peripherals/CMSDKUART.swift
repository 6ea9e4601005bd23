import _Volatile

/// The UART of Arm's Cortex-M System Design Kit, in the MPS boards' FPGA images.
/// Source: Arm Cortex-M System Design Kit Technical Reference Manual, "APB UART".
@safe
public struct CMSDKUART {
  private let base: UInt

  public init(base: UInt) { self.base = base }

  /// Turns the transmitter on; an FPGA's clock and the divisor for it are the board's own.
  public func start(divisor: UInt32) {
    unsafe register(0x10).store(divisor)  // BAUDDIV
    unsafe register(0x08).store(1)  // CTRL: TXEN
  }

  public func write(_ byte: UInt8) {
    while unsafe register(0x04).load() & 1 != 0 {}  // STATE: TXFULL
    unsafe register(0x00).store(UInt32(byte))  // DATA
  }

  @unsafe
  private func register(_ offset: UInt) -> VolatileMappedRegister<UInt32> {
    unsafe VolatileMappedRegister(unsafeBitPattern: base + offset)
  }
}

import _Volatile

/// The UART of Nordic's nRF51 and nRF52 series.
/// Source: nRF51 Series Reference Manual, "UART"; nRF52840 Product Specification, "UART".
@safe
public struct NordicUART {
  private let base: UInt

  public init(base: UInt) { self.base = base }

  /// Sends and receives on two pins of port 0, at 115,200 Bd.
  public func start(transmitPin: UInt32, receivePin: UInt32) {
    unsafe register(0x50C).store(transmitPin)  // PSELTXD
    unsafe register(0x514).store(receivePin)  // PSELRXD
    unsafe register(0x524).store(0x1D7_E000)  // BAUDRATE: 115,200 · 2^32 / 16 MHz, in 2^12ths
    unsafe register(0x500).store(4)  // ENABLE
    unsafe register(0x008).store(1)  // TASKS_STARTTX
    unsafe register(0x000).store(1)  // TASKS_STARTRX
  }

  public func write(_ byte: UInt8) {
    unsafe register(0x11C).store(0)  // EVENTS_TXDRDY, which a sent byte sets
    unsafe register(0x51C).store(UInt32(byte))  // TXD
    while unsafe register(0x11C).load() == 0 {}
  }

  /// Waits for a byte.
  public func read() -> UInt8 {
    while unsafe register(0x108).load() == 0 {}  // EVENTS_RXDRDY, which a byte sets
    unsafe register(0x108).store(0)
    return unsafe UInt8(truncatingIfNeeded: register(0x518).load())  // RXD
  }

  @unsafe
  private func register(_ offset: UInt) -> VolatileMappedRegister<UInt32> {
    unsafe VolatileMappedRegister(unsafeBitPattern: base + offset)
  }
}

import _Volatile

/// A 16550 UART, as in QEMU's RISC-V `virt`, which sends without being set up.
@safe
public struct UART16550 {
  private let base: UInt

  public init(base: UInt) { self.base = base }

  public func write(_ byte: UInt8) {
    while unsafe register(5).load() & 0x20 == 0 {}  // LSR: THRE
    unsafe register(0).store(byte)  // THR
  }

  /// Waits for a byte.
  public func read() -> UInt8 {
    while unsafe register(5).load() & 1 == 0 {}  // LSR: DR
    return unsafe register(0).load()  // RBR
  }

  @unsafe
  private func register(_ offset: UInt) -> VolatileMappedRegister<UInt8> {
    unsafe VolatileMappedRegister(unsafeBitPattern: base + offset)
  }
}

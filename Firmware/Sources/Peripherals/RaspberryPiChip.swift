import _Volatile

/// What RP2040 and RP2350 have in common, at different addresses: from reset to a console on GPIO 0
/// and 1, which are UART0's.
///
/// The cores stay on the ring oscillator, which every chip has at a speed of its own; the UART is
/// clocked by the crystal.
/// Sources: Raspberry Pi, RP2040 Datasheet and RP2350 Datasheet, "Resets", "Clocks", "Crystal
/// Oscillator", "GPIO".
@safe
public struct RaspberryPiChip {
  let resets: UInt
  let clocks: UInt
  let crystal: UInt
  let pinFunctions: UInt
  let pads: UInt
  /// Bits of the resets that hold pins, pads and UART0.
  let held: UInt32
  public let uart: PL011

  public static var rp2040: RaspberryPiChip {
    RaspberryPiChip(
      resets: 0x4000_C000, clocks: 0x4000_8000, crystal: 0x4002_4000, pinFunctions: 0x4001_4000,
      pads: 0x4001_C000, held: 1 << 5 | 1 << 8 | 1 << 22, uart: PL011(base: 0x4003_4000))
  }

  public static var rp2350: RaspberryPiChip {
    RaspberryPiChip(
      resets: 0x4002_0000, clocks: 0x4001_0000, crystal: 0x4004_8000, pinFunctions: 0x4002_8000,
      pads: 0x4003_8000, held: 1 << 6 | 1 << 9 | 1 << 26, uart: PL011(base: 0x4007_0000))
  }

  /// Hz, of the crystal on every Pico.
  private static let crystalRate: UInt32 = 12_000_000

  public func start() {
    unsafe register(crystal + 0x0C).store(47)  // STARTUP: 1 ms, in 256 periods
    unsafe register(crystal + 0x00).store(0xFA_BAA0)  // CTRL: on, 1 to 15 MHz
    while unsafe register(crystal + 0x04).load() >> 31 == 0 {}  // STATUS: STABLE
    unsafe register(clocks + 0x48).store(1 << 11 | 4 << 5)  // CLK_PERI_CTRL: on, crystal

    unsafe register(resets + 0x3000).store(held)  // RESET, where 1 clears a bit
    while unsafe register(resets + 0x08).load() & held != held {}  // RESET_DONE
    for pin in 0..<2 as Range<UInt> {
      unsafe register(pinFunctions + 8 * pin + 4).store(2)  // CTRL: FUNCSEL UART
      unsafe register(pads + 4 * pin + 4).store(0x5A)  // input on, pull-up, 4 mA, not isolated
    }
    uart.start(clock: Self.crystalRate, rate: 115_200)
  }

  @unsafe
  private func register(_ address: UInt) -> VolatileMappedRegister<UInt32> {
    unsafe VolatileMappedRegister(unsafeBitPattern: address)
  }
}

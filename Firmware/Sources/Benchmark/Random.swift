/// A linear congruential generator; its upper 16 bits are good enough for inputs.
/// Source: Numerical Recipes, "ranqd1".
struct Random {
  private var state: UInt32 = 1

  /// 16 bits.
  mutating func next() -> UInt32 {
    state = state &* 1_664_525 &+ 1_013_904_223
    return state &>> 16
  }
}

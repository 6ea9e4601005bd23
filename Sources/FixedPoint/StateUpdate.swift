/// The hidden state between two steps: real = `raw` / 2²³ × the state's scale, a power of two that
/// is 1 for a tanh candidate.
///
/// Matrices read its upper 16 bits, rounded: Q15. The lower 8 are the carry, which is kept where
/// the quantizer asked for it and is zero otherwise.
public struct HiddenState: Equatable, Sendable {
  public var raw: Int32

  @inlinable @inline(__always)
  public init(raw: Int32) { self.raw = raw }

  /// Any two bit patterns make a legal state.
  @inlinable @inline(__always)
  public init(_ hidden: Q15, carry: Int8) {
    raw = (Int32(hidden.raw) &<< 8) &+ Int32(carry)
  }

  /// The nearest Q15; a state that rounds to 1 or more saturates to 1 − 2⁻¹⁵.
  @inlinable @inline(__always)
  public var hidden: Q15 { Q15(saturating: roundedShiftRight(raw, by: 8)) }

  /// What `hidden` leaves over, saturated where `hidden` is.
  @inlinable @inline(__always)
  public var carry: Int8 {
    let rest = raw &- (Int32(hidden.raw) &<< 8)
    return Int8(truncatingIfNeeded: min(rest, 127))
  }
}

/// The convex combination h ← (1 − z)·n + z·h, as n + z·(h − n), rounded once.
///
/// z = 1 returns h and z = 0 returns n, both to the bit.
@inlinable @inline(__always)
public func blend(_ state: HiddenState, toward candidate: Candidate, keeping update: Gate)
  -> HiddenState
{
  // |h − n| ≤ 2²³ + 2⁷ + 3·2²³ − 2⁸ < 2²⁵, so 2⁶ times it fits; 2⁶ · 2¹⁰ · 2¹⁶ (one) = 2³².
  let difference = (state.raw &- candidate.raw) &<< 6
  return HiddenState(raw: multiplyHigh(difference, update.raw &<< 10, addingTo: candidate.raw))
}

/// r ⊙ h, what the candidate's product reads under reset before.
///
/// r = 1 returns h and r = 0 returns 0, both to the bit.
@inlinable @inline(__always)
public func gated(_ hidden: Q15, by reset: Gate) -> Q15 {
  // At most 2¹⁵ · 2¹⁶ in magnitude; the largest positive product leaves room for the half.
  Q15(raw: Int16(truncatingIfNeeded: roundedShiftRight(Int32(hidden.raw) &* reset.raw, by: 16)))
}

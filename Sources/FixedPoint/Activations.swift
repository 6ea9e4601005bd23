/// σ and tanh from one table of tanh: σ(x) = ½ + ½·tanh(x/2).
///
/// Both interpolate linearly between knots 1/64 apart. The knots lie midway between the curve and
/// its chords, which halves the error of interpolation. Measured over every argument
/// (`gru tables --check`): |error| of tanh 0.84 and of σ 0.55 units of 2⁻¹⁵.

/// A gate: real = `raw` / 2¹⁶, from exactly 0 to exactly 1 (65,536).
public struct Gate: Equatable, Sendable {
  public static let fractionBits: Int32 = 16
  public static let one = Gate(raw: 1 << 16)

  public var raw: Int32

  @inlinable @inline(__always)
  public init(raw: Int32) { self.raw = raw }
}

/// A candidate in the units of the state: real = `raw` / 2²³ × the state's scale.
public struct Candidate: Equatable, Sendable {
  public static let fractionBits: Int32 = 23
  /// The largest candidate: just below three times the state's scale, as far as a blend can reach
  /// in 32 bits. A tanh candidate stays below one.
  public static let largest = Candidate(raw: (3 << 23) - 256)

  public var raw: Int32

  @inlinable @inline(__always)
  public init(raw: Int32) { self.raw = raw }
}

/// The logistic function σ(x) = 1 / (1 + e^−x).
///
/// Monotone; σ(−x) = 1 − σ(x) exactly; exactly 0 from −11.1 down and 1 from 11.1 up.
@inlinable @inline(__always)
public func sigmoid(_ x: PreActivation) -> Gate {
  // An x of 18 fraction bits, read with 19, is x/2.
  let half = tanhMagnitudeQ29(ofQ19: min(x.raw.magnitude, lastKnotQ19))
  let rounded = roundedShiftRight(half, by: 14)  // ½·tanh(|x|/2) in Q16, at most 2¹⁵
  let one: Int32 = 1 << 15
  return Gate(raw: x.raw < 0 ? one &- rounded : one &+ rounded)
}

/// The hyperbolic tangent, a multiple of 2⁻¹⁶.
///
/// Monotone and odd; saturates at ±(1 − 2⁻¹⁶).
@inlinable @inline(__always)
public func tanh(_ x: PreActivation) -> Candidate {
  let argumentQ19 = min(x.raw.magnitude, lastKnotQ19 &>> 1) &<< 1
  let rounded = roundedShiftRight(tanhMagnitudeQ29(ofQ19: argumentQ19), by: 13) &<< 7
  return Candidate(raw: x.raw < 0 ? 0 &- rounded : rounded)
}

/// max(0, x), for a state whose scale is 2^`exponent`; saturates at `Candidate.largest`.
///
/// - Precondition: 0 ≤ `exponent` ≤ 12.
@inlinable @inline(__always)
public func relu(_ x: PreActivation, stateExponent exponent: Int32) -> Candidate {
  // x · 2^(23 − 18 − exponent); the clamp comes first, so that nothing is shifted out.
  let largest = Candidate.largest.raw
  if exponent <= 5 {
    let shift = 5 &- exponent
    return Candidate(raw: max(0, min(x.raw, largest &>> shift)) &<< shift)
  }
  let shift = exponent &- 5
  let roundable = Int32.max &- (1 &<< (shift &- 1))
  return Candidate(
    raw: min(largest, roundedShiftRight(max(0, min(x.raw, roundable)), by: shift)))
}

/// Fraction bits of the position between two knots: 2⁻⁶ apart in Q19.
@usableFromInline let positionBits: UInt32 = 13

/// The argument from which tanh is 1 to the last bit of the table.
@usableFromInline let lastKnotQ19: UInt32 = 355 << 13

/// tanh(argument) on its 29th fraction bit, unrounded, at most 65,535 × 2¹³ < 2²⁹.
///
/// - Precondition: `argument` ≤ `lastKnotQ19`, so that the knot after it exists.
@inlinable @inline(__always)
func tanhMagnitudeQ29(ofQ19 argument: UInt32) -> Int32 {
  let knot = Int(argument &>> positionBits)
  let position = Int32(truncatingIfNeeded: argument & 0x1FFF)
  let low = unsafe Int32(tanhKnots[unchecked: knot])
  let high = unsafe Int32(tanhKnots[unchecked: knot &+ 1])
  // Neighbouring knots are at most 1,024 apart, so the product stays below 2²³.
  return (low &<< 13) &+ (high &- low) &* position
}

public import CGRU

/// σ and tanh from one table of tanh: σ(x) = ½ + ½·tanh(x/2).
///
/// Both interpolate linearly between knots 1/64 apart. The knots lie midway between the curve and
/// its chords, which halves the error of interpolation. Measured over every argument
/// (`gru tables --check`): |error| of tanh 0.84 and of σ 0.55 units of 2⁻¹⁵.

/// A gate: real = `raw` / 2¹⁶, from exactly 0 to exactly 1 (65,536).
public struct Gate: Equatable, Sendable {
  public static let one = Gate(raw: 1 << 16)

  public var raw: Int32

  @inlinable @inline(__always)
  public init(raw: Int32) { self.raw = raw }
}

/// A candidate in the units of the state: real = `raw` / 2²³ × the state's scale.
public struct Candidate: Equatable, Sendable {
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
  // An x of 18 fraction bits, read with 19, is x/2; ½·tanh(|x|/2) in Q16 is at most 2¹⁵.
  let half = tanhMagnitude(ofQ19: min(x.raw.magnitude, lastKnotQ19), fractionBitsLess: 14)
  return Gate(raw: (1 << 15) &+ withSign(of: x, half))
}

/// The hyperbolic tangent, a multiple of 2⁻¹⁶.
///
/// Monotone and odd; saturates at ±(1 − 2⁻¹⁶).
@inlinable @inline(__always)
public func tanh(_ x: PreActivation) -> Candidate {
  let argumentQ19 = min(x.raw.magnitude, lastKnotQ19 &>> 1) &<< 1
  let magnitude = tanhMagnitude(ofQ19: argumentQ19, fractionBitsLess: 13) &<< 7
  return Candidate(raw: withSign(of: x, magnitude))
}

/// ±magnitude.
@inlinable @inline(__always)
func withSign(of x: PreActivation, _ magnitude: Int32) -> Int32 {
  let sign = x.raw &>> 31
  return (magnitude ^ sign) &- sign
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

/// The last knot but one. tanh is 1 to the last bit of the table one knot earlier, but this number is
/// an immediate operand on Arm.
@usableFromInline let lastKnotQ19: UInt32 = 356 << 13

/// tanh(argument) of 29 fraction bits less `bits`, rounded.
///
/// - Precondition: `argument` ≤ `lastKnotQ19`, so that the knot after it exists.
@inlinable @inline(__always)
func tanhMagnitude(ofQ19 argument: UInt32, fractionBitsLess bits: Int32) -> Int32 {
  // Between knots 2¹³ apart: left · (2¹³ − p) + right · p, and the 2¹⁵ that the table lacks.
  let offset: Int32 = (1 << 28) &+ (1 &<< (bits &- 1))
  let sum = unsafe gru_interpolate(
    offset, tanhKnotTable + Int(argument &>> 13), argument & 0x1FFF)
  return sum &>> bits  // the half is in the offset
}

/// The table where it lies.
@inlinable @inline(__always)
public var tanhKnotTable: UnsafePointer<Int16> {
  unsafe tanhKnots.span.withUnsafeBufferPointer { unsafe $0.baseAddress.unsafelyUnwrapped }
}

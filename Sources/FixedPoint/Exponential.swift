/// e^−x for a softmax: `x` in Q18, the result in Q20, within 4 units of 2⁻²⁰.
///
/// e^−x = 2^−k · 2^−f with x·log₂e = k + f; 2^−f is a polynomial of degree 4 (Chebyshev fit on
/// [0, 1], error below 10⁻⁶).
public func exponentialQ20(ofMinusQ18 x: UInt32) -> UInt32 {
  // e^−15 is below a third of 2⁻²⁰.
  guard x < 15 << 18 else { return 0 }
  let logarithmQ24 = multiplyHigh(Int32(bitPattern: x) &<< 8, 1_549_082_005)  // log₂e in Q30
  let whole = logarithmQ24 &>> 24  // floor: the argument is not negative
  let fractionQ31 = (logarithmQ24 & 0xFF_FFFF) &<< 7
  var power = coefficientsQ30.fourth
  power = coefficientsQ30.third &+ multiplyHigh(power, fractionQ31) &<< 1
  power = coefficientsQ30.second &+ multiplyHigh(power, fractionQ31) &<< 1
  power = coefficientsQ30.first &+ multiplyHigh(power, fractionQ31) &<< 1
  power = coefficientsQ30.constant &+ multiplyHigh(power, fractionQ31) &<< 1
  return UInt32(bitPattern: roundedShiftRight(power, by: 10 &+ whole))
}

private let coefficientsQ30 = (
  fourth: Int32(7_346_532), third: Int32(-57_151_877), second: Int32(257_095_898),
  first: Int32(-744_157_487), constant: Int32(1_073_739_778)
)

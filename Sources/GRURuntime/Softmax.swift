import FixedPoint

/// Probabilities in Q15 from logits in Q18: exp(l − max) / Σ exp(l − max).
///
/// Each is within 2 units of 2⁻¹⁵ for up to 1,024 logits. The decision needs none of this: the
/// largest logit has the largest probability.
public func softmax(_ logits: Span<Int32>, probabilities: inout MutableSpan<UInt16>) {
  guard logits.count > 0, probabilities.count == logits.count else { return }
  unsafe logits.withUnsafeBufferPointer { logits in
    unsafe probabilities.withUnsafeMutableBufferPointer { probabilities in
      unsafe softmax(
        logits.baseAddress.unsafelyUnwrapped, probabilities.baseAddress.unsafelyUnwrapped,
        count: logits.count)
    }
  }
}

func softmax(
  _ logits: UnsafePointer<Int32>, _ probabilities: UnsafeMutablePointer<UInt16>, count: Int
) {
  var largest = unsafe logits[0]
  var index = 1
  while index < count {
    unsafe largest = max(largest, logits[index])
    index &+= 1
  }
  var sum: UInt32 = 0
  index = 0
  while index < count {
    // Up to 2³² − 1 apart, in wrapping arithmetic.
    let below = unsafe UInt32(bitPattern: largest &- logits[index])
    sum &+= exponentialQ20(ofMinusQ18: below)
    index &+= 1
  }
  // The largest term alone is 2²⁰; the floor of 1 only tells the compiler that this is not zero.
  let divisor = max(1, sum &>> 4)
  index = 0
  while index < count {
    let below = unsafe UInt32(bitPattern: largest &- logits[index])
    // e · 2¹⁵ / sum, with both halved so that the product stays below 2³²: e ≤ 2²⁰.
    let share = ((exponentialQ20(ofMinusQ18: below) &<< 11) &+ (divisor &>> 1)) / divisor
    unsafe probabilities[index] = UInt16(truncatingIfNeeded: min(share, 32_768))
    index &+= 1
  }
}

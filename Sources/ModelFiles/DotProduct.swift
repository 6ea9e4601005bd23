/// Σ aᵢ·bᵢ, in four partial sums that run at once; one would wait for itself.
package func dot(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, count: Int) -> Double {
  var sums = SIMD4<Double>()
  var index = 0
  while index + 4 <= count {
    sums +=
      UnsafeRawPointer(a + index).loadUnaligned(as: SIMD4<Double>.self)
      * UnsafeRawPointer(b + index).loadUnaligned(as: SIMD4<Double>.self)
    index += 4
  }
  var sum = sums.sum()
  while index < count {
    sum += a[index] * b[index]
    index += 1
  }
  return sum
}

import CGRU
import FixedPoint
import Foundation
import GRURuntime
import TestSupport
import Testing

@Suite("Softmax") struct SoftmaxTests {
  @Test("e^−x is within 4 units of 2⁻²⁰, over every 16th argument to beyond its end")
  func exponential() {
    var largest = 0.0
    for x in stride(from: UInt32(0), to: 17 << 18, by: 16) {
      let exact = exp(-Double(x) * 0x1p-18)
      largest = max(largest, abs(Double(exponentialQ20(ofMinusQ18: x)) * 0x1p-20 - exact))
    }
    #expect(largest < 4 * 0x1p-20)
    #expect(exponentialQ20(ofMinusQ18: .max) == 0)
  }

  @Test(
    "probabilities are within 2 units of 2⁻¹⁵, and keep the order", arguments: [1, 2, 9, 1_000])
  func probabilities(count: Int) {
    var generator = SeededGenerator(seed: UInt64(count))
    for range in [Int32(1 << 16), 1 << 20, .max] {
      let logits = (0..<count).map { _ in Int32.random(in: -range...range, using: &generator) }
      var values = [UInt16](repeating: 7, count: count)
      gru_softmax(logits, &values, UInt32(count))
      let largest = Double(logits.max()!)
      let terms = logits.map { exp((Double($0) - largest) * 0x1p-18) }
      let sum = terms.reduce(0, +)
      for (value, term) in zip(values, terms) {
        #expect(abs(Double(value) - 32_768 * term / sum) <= 2)
      }
      #expect(values[logits.indices.max { logits[$0] < logits[$1] }!] == values.max()!)
    }
  }

  @Test("a share is rounded to the nearest: a third is 10,923 of 32,768")
  func rounded() {
    for (count, share) in [(3, 10_923), (5, 6_554), (6, 5_461), (7, 4_681)] {
      var values = [UInt16](repeating: 0, count: count)
      gru_softmax([Int32](repeating: -9, count: count), &values, UInt32(count))
      #expect(values.allSatisfy { $0 == share }, "\(count): \(values)")
    }
  }

  @Test("one logit has probability 1; nothing is written without one")
  func ends() {
    var one: [UInt16] = [0]
    gru_softmax([-5], &one, 1)
    #expect(one == [32_768])
    gru_softmax(nil, &one, 1)
    gru_softmax([1], nil, 1)
    gru_softmax([1], &one, 0)
    #expect(one == [32_768])
    var two: [UInt16] = [1, 2]
    var span = two.mutableSpan
    softmax([Int32(3)].span, probabilities: &span)
    #expect(two == [1, 2])
  }
}

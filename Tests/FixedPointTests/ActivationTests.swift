import FixedPoint
import Foundation
import Testing

@Suite("σ and tanh") struct ActivationTests {
  /// Every pre-activation from −16 to 16: 2²³ + 1 of them.
  static let everyArgument = Int32(-16 << 18)...Int32(16 << 18)

  @Test("σ is within 1 unit of 2⁻¹⁵ of its definition, and monotone, over every argument")
  func sigmoidError() {
    var (largest, last, falls) = (0.0, Int32(-1), 0)
    for raw in Self.everyArgument {
      let value = FixedPoint.sigmoid(PreActivation(raw: raw)).raw
      let exact = 1 / (1 + exp(-Double(raw) * 0x1p-18))
      largest = max(largest, abs(Double(value) * 0x1p-16 - exact))
      if value < last { falls += 1 }
      last = value
    }
    #expect(largest < 0x1p-15)
    #expect(falls == 0)
  }

  @Test("tanh is within 1 unit of 2⁻¹⁵ of its definition, and monotone, over every argument")
  func tanhError() {
    var (largest, last, falls) = (0.0, Int32.min, 0)
    for raw in Self.everyArgument {
      let value = FixedPoint.tanh(PreActivation(raw: raw)).raw
      let exact = Foundation.tanh(Double(raw) * 0x1p-18)
      largest = max(largest, abs(Double(value) * 0x1p-23 - exact))
      if value < last { falls += 1 }
      last = value
    }
    #expect(largest < 0x1p-15)
    #expect(falls == 0)
  }

  @Test("tanh is odd and σ(−x) = 1 − σ(x), to the bit")
  func symmetry() {
    var differences = 0
    for raw in stride(from: Int32(0), through: 16 << 18, by: 7) {
      let (x, minusX) = (PreActivation(raw: raw), PreActivation(raw: -raw))
      if FixedPoint.tanh(x).raw != -FixedPoint.tanh(minusX).raw { differences += 1 }
      if FixedPoint.sigmoid(x).raw != Gate.one.raw - FixedPoint.sigmoid(minusX).raw {
        differences += 1
      }
    }
    #expect(differences == 0)
  }

  @Test(
    "beyond ±16, to the ends of Int32, both stay at their limits",
    arguments: [
      .max, .max - 1, 1 << 30, 17 << 18, (16 << 18) + 1,
    ] as [Int32])
  func farOut(raw: Int32) {
    #expect(FixedPoint.sigmoid(PreActivation(raw: raw)) == .one)
    #expect(FixedPoint.sigmoid(PreActivation(raw: -raw)).raw == 0)
    #expect(FixedPoint.tanh(PreActivation(raw: raw)).raw == 65_535 << 7)
    #expect(FixedPoint.tanh(PreActivation(raw: -raw)).raw == -65_535 << 7)
  }

  @Test("the smallest Int32, which has no positive counterpart, is far out too")
  func smallest() {
    #expect(FixedPoint.sigmoid(PreActivation(raw: .min)).raw == 0)
    #expect(FixedPoint.tanh(PreActivation(raw: .min)).raw == -65_535 << 7)
  }

  @Test(
    "ReLU is max(0, x) in the units of the state, rounded half up, to the ends of Int32",
    arguments: 0...12)
  func rectified(exponent: Int) {
    // From Q18 to Q23, less the exponent.
    let (left, right) = (max(0, 5 - exponent), max(0, exponent - 5))
    // Saturated at the last value that a left shift reaches, or where a rounded sum would wrap.
    let largest = (Int128(Candidate.largest.raw) >> left) << left
    let saturated = min(largest, Int128(Int32.max) >> right)
    let edges =
      (0...31).map { Int128(1) << $0 } + [(largest << right) >> left, Int128(Int32.max)]
    for edge in edges {
      for x in edge - 300...edge + 300 {
        for raw in [x, -x].compactMap(Int32.init(exactly:)) {
          let exact = right > 0 ? roundHalfUp(Int128(raw), shift: right) : Int128(raw) << left
          let value = relu(PreActivation(raw: raw), stateExponent: Int32(exponent)).raw
          #expect(Int128(value) == max(0, min(exact, saturated)), "\(raw)")
        }
      }
    }
  }

  @Test("at zero, σ is exactly ½ and tanh exactly 0")
  func zero() {
    #expect(FixedPoint.sigmoid(PreActivation(raw: 0)).raw == 32_768)
    #expect(FixedPoint.tanh(PreActivation(raw: 0)).raw == 0)
  }
}

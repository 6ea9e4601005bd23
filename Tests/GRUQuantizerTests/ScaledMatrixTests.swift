import ModelFiles
import TestSupport
import Testing

@testable import GRUQuantizer

@Suite("Scaled matrices") struct ScaledMatrixTests {
  /// One row of one weight whose product has this real unit.
  private func matrix(_ format: WeightFormat, unit: Double, weights: [Int16] = [1]) -> ScaledMatrix
  {
    var matrix = RoundedMatrix(format: format, columns: weights.count)
    matrix.append(weights, scale: unit)
    return ScaledMatrix(matrix, vectorScale: 1)
  }

  @Test("pre-activations keep as many bits as multipliers below 2³¹ allow, at least none")
  func smallest() throws {
    for (unit, shift) in [(0x1p-20, 0), (0x1p-19, 1), (0.2, 17), (0.4, 18), (0.4999, 18)] {
      #expect(try smallestShift([matrix(.int8, unit: unit)], in: "l") == shift, "\(unit)")
    }
    // 2⁻¹⁹ · 2⁵⁰ is 2³¹, one more than fits.
    #expect(matrix(.int8, unit: 0x1p-19).multipliers(preActivationShift: 0) == [0x1p31])
    let error = #expect(throws: QuantizationError.self) {
      _ = try smallestShift([matrix(.int8, unit: 0.5)], in: "l")
    }
    #expect(error?.message == "layer 'l' has weights too large for its inputs' range")
  }

  @Test("an int16 row's sums are rounded by as few bits as make them fit")
  func shifts() {
    // 2¹⁵ · Σ|w|: 65,535 fits after one bit, twice as much after two.
    #expect(matrix(.int16, unit: 1, weights: [32_767, 32_767]).shift == 1)
    #expect(matrix(.int16, unit: 1, weights: [.min, .min, .min, .min]).shift == 2)
    #expect(
      matrix(.int16, unit: 1, weights: [32_767, 32_767, 32_767, 32_767]).shift == 1)
  }

  @Test("a row that doesn't fit is refused by name")
  func refused() throws {
    let wide = matrix(
      .int8, unit: 0x1p-30, weights: Array(repeating: 127, count: 517))
    let error = #expect(throws: QuantizationError.self) {
      _ = try wide.integers(preActivationShift: 0, "W reset of 'l'")
    }
    #expect(
      error?.message
        == "row 0 of W reset of 'l' can sum to \(127 * 517 << 15), expected at most 2147483647")
  }

  @Test("biases and reaches have the register's limit")
  func limits() throws {
    #expect(
      try integers([8_191, -8_191, 0.5], preActivationShift: 0, "l")
        == [8_191 << 18, -8_191 << 18, 1 << 17])
    #expect(
      try integers([-16_383.75], preActivationShift: 1, "l")
        == [-16_383.75 * 0x1p17].map { Int32($0) })
    #expect(throws: QuantizationError.self) {
      _ = try integers([8_192], preActivationShift: 0, "l")
    }
    try requireReach(Int(Int32.max), "row")
    #expect(throws: QuantizationError.self) { try requireReach(Int(Int32.max) + 1, "row") }
  }
}

import Foundation
import ModelFiles

/// A rounded matrix and the real value of one unit of the vector it reads: all that its integers
/// depend on, apart from the layer's pre-activation format.
struct ScaledMatrix {
  let matrix: RoundedMatrix
  let vectorScale: Double
  /// m: bits that an int16 row's sum is rounded right by, so that every row fits a register.
  let shift: Int

  init(_ matrix: RoundedMatrix, vectorScale: Double) {
    self.matrix = matrix
    self.vectorScale = vectorScale
    switch matrix.format {
    case .int8: shift = 0
    case .int16:
      let bound = matrix.sumBounds.max() ?? 0
      var shift = 1
      while (bound + 1 << (shift - 1)) >> shift > registerLimit { shift += 1 }
      self.shift = shift
    }
  }

  /// scale of the row × scale of the vector × 2^(50 − s + m): sums in units of their row become,
  /// after the high product's 2⁻³², pre-activations in Q(18 − s).
  func multipliers(preActivationShift s: Int) -> [Double] {
    matrix.scales.map { ($0 * vectorScale * exp2(Double(50 - s + shift))).rounded() }
  }

  /// - Throws: `QuantizationError`, naming a row whose accumulator cannot be proved to fit.
  func integers(
    preActivationShift s: Int, _ place: String
  ) throws(QuantizationError) -> QuantizedMatrix {
    let result = QuantizedMatrix(
      rows: matrix.rows, columns: matrix.columns, format: matrix.format, weights: matrix.weights,
      multipliers: multipliers(preActivationShift: s).map { Int32($0) }, shift: shift)
    for row in 0..<result.rows {
      let bound = result.accumulatorBound(row: row)
      guard bound <= registerLimit else {
        throw QuantizationError(
          "row \(row) of \(place) can sum to \(bound), expected at most \(registerLimit)")
      }
    }
    return result
  }
}

/// The smallest s whose multipliers all fit 31 bits: pre-activations keep the most fraction bits
/// that the coarsest row allows.
func smallestShift(_ matrices: [ScaledMatrix], in layer: String) throws(QuantizationError) -> Int {
  for shift in 0...18 {
    let largest = matrices.flatMap { $0.multipliers(preActivationShift: shift) }.max() ?? 0
    if largest <= Double(registerLimit) { return shift }
  }
  throw QuantizationError(
    "layer '\(layer)' has weights too large for its inputs' range", hint: standardiseHint)
}

/// Biases in Q(18 − s).
func integers(
  _ bias: [Double], preActivationShift s: Int, _ layer: String
) throws(QuantizationError) -> [Int32] {
  var result: [Int32] = []
  for (row, value) in bias.enumerated() {
    let scaled = (value * exp2(Double(18 - s))).rounded()
    guard abs(scaled) <= Double(registerLimit) else {
      throw QuantizationError(
        "bias \(row) of '\(layer)' is \(value), expected within ±\(preActivationReach)")
    }
    result.append(Int32(scaled))
  }
  return result
}

/// - Throws: `QuantizationError`, if a pre-activation in Q18 can leave its register.
func requireReach(_ reach: Int, _ place: String) throws(QuantizationError) {
  guard reach <= registerLimit else {
    throw QuantizationError(
      "\(place) can reach ±\(reach >> 18), expected below ±\(preActivationReach)",
      hint: standardiseHint)
  }
}

let standardiseHint = "standardise the inputs, so that most lie within ±4"

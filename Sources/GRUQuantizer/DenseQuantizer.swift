import Foundation
import ModelFiles

/// Puts one rounded dense layer into the formats of the header, and proves its sums.
struct DenseQuantizer {
  let layer: DenseLayer
  let rounded: (weights: RoundedMatrix, bias: [Double])
  /// The real value of one unit of the input vector.
  let vectorScale: Double
  let isLast: Bool
  /// The largest output in calibration; says something without a bounded activation only.
  let largestOutput: Double

  func dense() throws(QuantizationError) -> QuantizedDense {
    let weights = ScaledMatrix(rounded.weights, vectorScale: vectorScale)
    let shift = try smallestShift([weights], in: layer.name)
    let dense = QuantizedDense(
      weights: try weights.integers(preActivationShift: shift, "'\(layer.name)'"),
      bias: try integers(rounded.bias, preActivationShift: shift, layer.name),
      activation: layer.activation, preActivationShift: shift,
      outputExponent: try outputExponent())
    for row in 0..<dense.weights.rows {
      let reach = (dense.weights.productBound(row: row) + abs(Int(dense.bias[row]))) << shift
      try requireReach(reach, "row \(row) of '\(layer.name)'")
    }
    return dense
  }

  /// tanh fills Q15, σ fits Q14 with 1 exact; anything else gets twice its calibration range.
  private func outputExponent() throws(QuantizationError) -> Int {
    guard !isLast else { return 0 }
    switch layer.activation {
    case .tanh: return 0
    case .sigmoid: return 1
    case .none, .relu, .softmax:
      let exponent = max(-2, ceil(log2(2 * max(largestOutput, 1e-9))))
      guard exponent <= 12 else {
        throw QuantizationError(
          "layer '\(layer.name)' has an output of \(scientific(largestOutput)) in calibration, "
            + "expected below 2048")
      }
      return Int(exponent)
    }
  }
}

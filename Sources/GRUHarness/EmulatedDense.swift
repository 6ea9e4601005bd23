import FixedPoint
import FloatGRU
import Foundation
import GRUQuantizer
import ModelFiles

/// A dense layer that another layer follows, all rounded or exact.
struct EmulatedDense {
  private let dense: QuantizedDense
  private let isRounded: Bool
  private let weights: EmulatedMatrix
  /// In Q(18 − s).
  private let bias: [Double]

  init(_ exact: DenseLayer, _ dense: QuantizedDense, vectorScale: Double, isRounded: Bool) {
    self.dense = dense
    self.isRounded = isRounded
    weights = EmulatedMatrix(
      exact.weights, dense.weights, vectorScale: vectorScale,
      preActivationShift: dense.preActivationShift, isRounded: isRounded, roundsSums: isRounded)
    bias =
      isRounded
      ? dense.bias.map { Double($0) }
      : exact.bias.map { scalbn($0, 18 - dense.preActivationShift) }
  }

  /// φ(A·x + b) in the units that the next layer reads.
  func callAsFunction(_ x: [Double]) -> [Double] {
    zip(weights(x), bias).map { product, bias in
      let sum = scalbn(product + bias, dense.preActivationShift)
      guard isRounded else { return dense.activation.function(sum * 0x1p-18) / dense.outputScale }
      return saturatedQ15(activated(PreActivation(nearest: sum)) * 0x1p-18 / dense.outputScale)
    }
  }

  /// Q18.
  private func activated(_ x: PreActivation) -> Double {
    switch dense.activation {
    case .none, .softmax: Double(x.raw)
    case .relu: Double(max(0, x.raw))
    case .tanh: Double(FixedPoint.tanh(x).raw) * 0x1p-5
    case .sigmoid: Double(FixedPoint.sigmoid(x).raw) * 0x1p2
    }
  }
}

import Foundation
import GRUQuantizer
import ModelFiles

extension Network {
  /// The same network with the header's layers and inputs: an embedding that the quantizer folded
  /// into W is folded here too, and the first layer reads the firmware's raw units, unrounded.
  func folded(as quantized: QuantizedNetwork) -> Network {
    let network = quantized.layers.count < layers.count ? foldingEmbedding() : self
    guard case .vector(let scales, let offsets) = quantized.input else { return network }
    return network.folding(
      InputUnits(
        scale: scales.map { Double($0) }, offset: offsets.isEmpty ? [0] : offsets.map { Double($0) }
      ))
  }

  /// The real value of one unit of the int16 vector that each layer of a folded network reads; 1 for
  /// raw units and for tokens.
  func vectorScales(in quantized: QuantizedNetwork) -> [Double] {
    [1]
      + zip(layers, quantized.layers).dropLast().map { layer, quantized in
        if case .embedding(let embedding) = layer { return embedding.int16Scale }
        return quantized.cell?.stateScale ?? quantized.dense?.outputScale ?? 1
      }
  }

  /// A folded network whose weights and biases are the header's integers.
  func dequantized(from quantized: QuantizedNetwork) -> Network {
    let scales = vectorScales(in: quantized)
    var result = self
    for (index, layer) in quantized.layers.enumerated() {
      switch (layer, layers[index]) {
      case (.cell(let cell), .gru(var gru)):
        let shift = cell.preActivationShift
        gru.input = cell.input.map { $0.real(scales[index], shift) }
        gru.recurrent = cell.recurrent.map { $0.real(cell.stateScale, shift) }
        gru.bias = cell.bias.map { real($0, shift) }
        gru.recurrentBias = real(
          cell.recurrentBias ?? Array(repeating: 0, count: cell.hiddenSize), shift)
        result.layers[index] = .gru(gru)
      case (.dense(let dense), .dense(var real)):
        real.weights = dense.weights.real(scales[index], dense.preActivationShift)
        real.bias = self.real(dense.bias, dense.preActivationShift)
        result.layers[index] = .dense(real)
      case (.embedding(let embedding), .embedding(var real)):
        real.table.values = embedding.rows.map { Double($0) * real.int16Scale }
        result.layers[index] = .embedding(real)
      default: preconditionFailure("layer \(index) was quantized as another kind")
      }
    }
    return result
  }

  private func real(_ bias: [Int32], _ shift: Int) -> [Double] {
    bias.map { scalbn(Double($0), shift - 18) }
  }
}

extension QuantizedMatrix {
  /// All weights as stored, row after row.
  var integers: RealMatrix {
    RealMatrix(
      rows: rows, columns: columns, values: (0..<rows).flatMap { row($0).map { Double($0) } })
  }

  /// The real weights: integer × multiplier × 2^−(50 − s + m), in units of the vector's scale; a
  /// token's entry × 2^−(18 − s − m).
  fileprivate func real(_ vectorScale: Double, _ preActivationShift: Int) -> RealMatrix {
    var result = integers
    for index in result.values.indices {
      let weight = result.values[index]
      result.values[index] =
        layout == .tokens
        ? scalbn(weight, shift + preActivationShift - 18)
        : scalbn(
          weight * Double(multipliers[index / columns]), preActivationShift - 50 - shift)
          / vectorScale
    }
    return result
  }
}

extension QuantizedDense {
  /// The real value of one unit of what another layer reads.
  var outputScale: Double { scalbn(1, outputExponent - 15) }
}

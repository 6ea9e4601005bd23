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
}

extension GRULayer {
  /// The same layer with the weights and biases that the header's integers stand for.
  ///
  /// - Parameter vectorScale: the real value of one unit of what it reads.
  func dequantized(from cell: QuantizedCell, vectorScale: Double) -> GRULayer {
    let shift = cell.preActivationShift
    func real(_ bias: [Int32]) -> [Double] { bias.map { scalbn(Double($0), shift - 18) } }
    var result = self
    result.input = cell.input.map { $0.real(vectorScale, shift) }
    result.recurrent = cell.recurrent.map { $0.real(cell.stateScale, shift) }
    result.bias = cell.bias.map(real)
    result.recurrentBias = real(
      cell.recurrentBias ?? Array(repeating: 0, count: cell.hiddenSize))
    return result
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

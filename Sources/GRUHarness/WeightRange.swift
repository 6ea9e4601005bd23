public import GRUQuantizer
public import ModelFiles

/// Where the trained weights of a matrix lie, and the format that the header has for them.
public struct WeightRange: Equatable, Sendable, Encodable {
  /// As in `accumulatorBounds`.
  public var name: String
  public var format: WeightFormat
  public var range: ValueRange

  /// Of every matrix, as trained.
  public static func ranges(_ network: Network, _ quantized: QuantizedNetwork) -> [WeightRange] {
    let isFolded = quantized.layers.count < network.layers.count
    let layers = isFolded ? network.foldingEmbedding().layers : network.layers
    return zip(layers, quantized.layers).enumerated().flatMap { index, layer in
      zip(layer.0.matrices, layer.1.namedMatrices).map { trained, stored in
        WeightRange(
          name: "layer \(index), \(stored.name)", format: stored.matrix.format,
          range: ValueRange(trained.values))
      }
    }
  }

  private enum CodingKeys: String, CodingKey { case name, format }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(format.rawValue, forKey: .format)
    try range.encode(to: encoder)
  }
}

extension Layer {
  /// In the order of `namedMatrices`.
  fileprivate var matrices: [RealMatrix] {
    switch self {
    case .embedding: []
    case .gru(let gru): gru.input.inOrder + gru.recurrent.inOrder
    case .dense(let dense): [dense.weights]
    }
  }
}

import ModelFiles

/// What `Rounder` made of every gate and dense layer, in every width that was asked for.
public struct RoundingChoices: Sendable {
  enum Layer: Sendable {
    case embedding
    case cell(Gates<[CellFormats: RoundedGate]>)
    case dense([WeightFormat: (weights: RoundedMatrix, bias: [Double])])
  }

  let layers: [Layer]

  /// - Precondition: each gate's pair of widths was among those that were asked for.
  public func network(_ widths: Widths) -> RoundedNetwork {
    RoundedNetwork(
      layers: layers.enumerated().map { index, layer in
        switch layer {
        case .embedding: return .embedding
        case .cell(let gates):
          func gate(_ gate: GateIndex) -> RoundedGate {
            gates[gate][CellFormats(widths, layer: index, gate)]!
          }
          return .cell(
            Gates(reset: gate(.reset), update: gate(.update), candidate: gate(.candidate)))
        case .dense(let formats):
          let dense = formats[widths[index, .dense]]!
          return .dense(weights: dense.weights, bias: dense.bias)
        }
      })
  }
}

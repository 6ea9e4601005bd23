import FloatGRU
import ModelFiles

/// The largest magnitudes that the float model meets over the calibration data.
struct Ranges: Sendable {
  /// Of each feature that the first layer reads, standardised where the model does so.
  private(set) var features: [Double] = []
  /// Of each layer's result; 0 where no integer scale depends on it.
  private(set) var layers: [Double]
  /// Of each cell's candidate, which a state that moves slowly may never reach.
  private(set) var candidates: [Double]

  init(of network: Network, over calibration: Sequences) {
    layers = Array(repeating: 0, count: network.layers.count)
    candidates = layers
    if case .vector(let standardisation) = network.input {
      measureInputs(calibration, standardisation)
    }
    if network.hasUnboundedVectors { run(network, calibration) }
    for (index, layer) in network.layers.enumerated() {
      if case .gru(let gru) = layer {
        layers[index] = gru.initialState.reduce(layers[index]) { max($0, abs($1)) }
      }
    }
  }

  /// The largest of all features; 1 where the data is all zero and says nothing.
  var input: Double {
    let largest = features.max() ?? 0
    return largest == 0 ? 1 : largest
  }

  private mutating func measureInputs(_ data: Sequences, _ standardisation: Standardisation?) {
    features = Array(repeating: 0, count: data.width)
    for sequence in data.sequences {
      for (index, value) in sequence.values.enumerated() {
        let feature = index % data.width
        let read = standardisation.map { (value - $0.mean[feature]) / $0.deviation[feature] }
        features[feature] = max(features[feature], abs(read ?? value))
      }
    }
  }

  private mutating func run(_ network: Network, _ data: Sequences) {
    var float = FloatNetwork(network)
    for sequence in data.sequences {
      float.reset()
      for step in 0..<sequence.steps {
        let result = float.step(sequence.input(at: step, width: data.width))
        for (index, vector) in result.vectors.enumerated() {
          layers[index] = vector.reduce(layers[index]) { max($0, abs($1)) }
          let candidate = result.cells[index]?.gates.candidate ?? []
          candidates[index] = candidate.reduce(candidates[index]) { max($0, abs($1)) }
        }
      }
    }
  }
}

extension Network {
  /// Whether some int16 vector's range is known only from data: a ReLU state, or a dense layer
  /// without a bounded activation before another layer.
  fileprivate var hasUnboundedVectors: Bool {
    layers.enumerated().contains { index, layer in
      switch layer {
      case .embedding: false
      case .gru(let gru): gru.candidate == .relu
      case .dense(let dense):
        index < layers.count - 1 && (dense.activation == .none || dense.activation == .relu)
      }
    }
  }
}

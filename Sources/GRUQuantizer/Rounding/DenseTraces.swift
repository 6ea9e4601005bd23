import FloatGRU
import ModelFiles

/// What an error of a dense layer's weights does to its output: φ′ times what the row reads.
struct DenseTraces {
  private let steps: Int
  private let (inputs, outputs): (Recording.Table, Recording.Table)
  private let activation: Activation

  init(_ layer: DenseLayer, at index: Int, in run: TracedRecording) {
    steps = run.steps
    (inputs, outputs) = (run.recording.vectors[index], run.recording.vectors[index + 1])
    activation = layer.activation
  }

  /// Whether every error weighs the same, and all rows have one matrix G.
  var isShared: Bool { [.none, .softmax].contains(activation) }

  /// Of a row: its weights and the bias.
  var columns: Int { inputs.width + 1 }

  /// φ′, by what φ gave.
  private func slope(_ y: Float) -> Float {
    switch activation {
    case .none, .softmax: 1
    case .relu: y > 0 ? 1 : 0
    case .tanh: 1 - y * y
    case .sigmoid: y * (1 - y)
    }
  }

  /// Σ f·fᵀ for one row, f = φ′ · (x, 1).
  func gram(row: Int) -> SymmetricMatrix {
    let width = inputs.width
    var gram = Gram(size: columns)
    var trace = [Float](repeating: 0, count: gram.stride)
    for step in 0..<steps {
      let slope = slope(outputs.values[step * outputs.width + row])
      for column in 0..<width { trace[column] = slope * inputs.values[step * width + column] }
      trace[width] = slope
      gram.add(trace, count: 1)
    }
    return gram.matrix
  }
}

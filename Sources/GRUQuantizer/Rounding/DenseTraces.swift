import FloatGRU
import ModelFiles

/// What an error of a dense layer's weights does to its output: φ′ times what the row reads.
struct DenseTraces {
  private let vectors: Recording.Table
  /// φ′, steps × outputs; nil where every error weighs the same.
  private let slopes: [Float]?
  private let outputs: Int

  init(_ layer: DenseLayer, at index: Int, in recording: Recording) {
    vectors = recording.vectors[index]
    outputs = layer.weights.rows
    let y = recording.vectors[index + 1].values
    switch layer.activation {
    case .none, .softmax: slopes = nil
    case .relu: slopes = y.map { $0 > 0 ? 1 : 0 }
    case .tanh: slopes = y.map { 1 - $0 * $0 }
    case .sigmoid: slopes = y.map { $0 * (1 - $0) }
    }
  }

  /// Whether all rows have one matrix G.
  var isShared: Bool { slopes == nil }

  /// Σ f·fᵀ for one row, f = φ′ · (x, 1).
  func gram(row: Int) -> SymmetricMatrix {
    let width = vectors.width
    var gram = Gram(size: width + 1)
    var trace = [Float](repeating: 0, count: gram.stride)
    for step in 0..<vectors.values.count / width {
      let slope = slopes?[step * outputs + row] ?? 1
      for column in 0..<width { trace[column] = slope * vectors.values[step * width + column] }
      trace[width] = slope
      gram.add(trace, count: 1)
    }
    return gram.matrix
  }
}

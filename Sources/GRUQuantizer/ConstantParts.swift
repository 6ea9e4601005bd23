/// A part of a network's constants, named as in `accumulatorBounds`.
public struct ConstantPart: Equatable, Sendable, Encodable {
  public var name: String
  public var bytes: Int
}

extension QuantizedNetwork {
  /// Every matrix, and what lies beside them: together `constantSize`.
  public var constantParts: [ConstantPart] {
    layers.enumerated().flatMap { index, layer in
      layer.parts.map { ConstantPart(name: "layer \(index), \($0.name)", bytes: $0.bytes) }
    }
    .filter { $0.bytes > 0 }
  }
}

extension QuantizedLayer {
  fileprivate var parts: [ConstantPart] {
    switch self {
    case .embedding(let embedding):
      return [ConstantPart(name: "embedding", bytes: 2 * embedding.rows.count)]
    case .cell(let cell):
      let rows = ConstantPart(name: "biases and multipliers", bytes: 4 * cell.stream.rows.count)
      let initial = ConstantPart(
        name: "initial state", bytes: 2 * (cell.initialState?.count ?? 0))
      return matrixParts + [rows, initial]
    case .dense(let dense):
      let rows = ConstantPart(name: "biases and multipliers", bytes: 4 * dense.stream.rows.count)
      return matrixParts + [rows]
    }
  }

  private var matrixParts: [ConstantPart] {
    namedMatrices.map { matrix, name in
      ConstantPart(
        name: name,
        bytes: matrix.layout == .tokens
          ? 2 * paddedRows(matrix.rows) * matrix.columns : 4 * matrix.words.count)
    }
  }
}

/// Rows come in quads.
private func paddedRows(_ rows: Int) -> Int { (rows + 3) / 4 * 4 }

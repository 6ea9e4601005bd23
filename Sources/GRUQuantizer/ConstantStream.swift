import ModelFiles

/// A layer's constants as they lie in memory: in the order in which a step reads them, which
/// `gru_model.h` describes.
public struct ConstantStream: Equatable {
  /// Weights, by the layouts of their matrices.
  public var weights: [UInt32]
  /// Biases and multipliers.
  public var rows: [Int32]
  /// Tables of tokens, token after token.
  public var tokens: [Int16]

  public init(weights: [UInt32] = [], rows: [Int32] = [], tokens: [Int16] = []) {
    self.weights = weights
    self.rows = rows
    self.tokens = tokens
  }

  /// Bytes.
  public var size: Int { 4 * (weights.count + rows.count) + 2 * tokens.count }
}

/// What follows what in a stream.
private struct Piece {
  enum Kind {
    case bias
    /// Inside the reset product.
    case recurrentBias
    case weights
    case multipliers
  }

  var kind: Kind
  /// Of W and U of the reset gate, the update gate, the candidate; 0 for a dense layer.
  var matrix: Int
  var quad: Int
}

extension QuantizedCell {
  /// The quads of W and U take turns, gate by gate; reset before goes through the reset gate's
  /// first.
  private var turns: [(matrix: Int, quad: Int)] {
    let turns = reset == .after ? [0..<6] : [0..<2, 2..<6]
    return turns.flatMap { matrices in
      (0..<quadCount(hiddenSize)).flatMap { quad in matrices.map { ($0, quad) } }
    }
  }

  private var pieces: [Piece] {
    turns.flatMap { matrix, quad in
      var kinds: [Piece.Kind] = []
      if matrix % 2 == 0 { kinds.append(.bias) }
      if matrix == 5, reset == .after { kinds.append(.recurrentBias) }
      if matrices[matrix].layout != .tokens { kinds += [.weights, .multipliers] }
      return kinds.map { Piece(kind: $0, matrix: matrix, quad: quad) }
    }
  }

  public var stream: ConstantStream {
    var stream = ConstantStream()
    let words = matrices.map(\.words)
    for piece in pieces {
      switch piece.kind {
      case .bias: stream.rows += quad(piece.quad, of: bias.inOrder[piece.matrix / 2])
      case .recurrentBias: stream.rows += quad(piece.quad, of: recurrentBias ?? [])
      case .multipliers: stream.rows += quad(piece.quad, of: matrices[piece.matrix].multipliers)
      case .weights:
        let count = words[piece.matrix].count / quadCount(hiddenSize)
        stream.weights += words[piece.matrix][piece.quad * count..<(piece.quad + 1) * count]
      }
    }
    stream.tokens = entries
    return stream
  }

  /// Of the tables of tokens.
  private var entries: [Int16] {
    entryPlaces.map { Int16(matrices[$0.matrix].weight($0.row, $0.token)) }
  }

  private var entryPlaces: [(matrix: Int, row: Int, token: Int)] {
    let order = turns.filter { matrices[$0.matrix].layout == .tokens }
    return (0..<(order.isEmpty ? 0 : input.reset.columns)).flatMap { token in
      order.flatMap { matrix, quad in (4 * quad..<4 * quad + 4).map { (matrix, $0, token) } }
    }
  }

  /// The same cell with constants from a stream; nil where no constants make this stream.
  public func with(_ stream: ConstantStream) -> QuantizedCell? {
    let own = self.stream
    guard
      (stream.weights.count, stream.rows.count, stream.tokens.count)
        == (own.weights.count, own.rows.count, own.tokens.count)
    else { return nil }
    var (weights, rows) = (stream.weights[...], stream.rows[...])
    func taken<T>(_ count: Int, from values: inout ArraySlice<T>) -> ArraySlice<T> {
      defer { values.removeFirst(count) }
      return values.prefix(count)
    }
    let counts = matrices.map { $0.words.count / quadCount(hiddenSize) }
    var words = Array(repeating: [UInt32](), count: 6)
    var multipliers = Array(repeating: [Int32](), count: 6)
    var biases = Array(repeating: [Int32](), count: 3)
    var recurrentBias: [Int32] = []
    for piece in pieces {
      switch piece.kind {
      case .bias: biases[piece.matrix / 2] += taken(4, from: &rows)
      case .recurrentBias: recurrentBias += taken(4, from: &rows)
      case .multipliers: multipliers[piece.matrix] += taken(4, from: &rows)
      case .weights: words[piece.matrix] += taken(counts[piece.matrix], from: &weights)
      }
    }
    var matrices = matrices
    for (place, entry) in zip(entryPlaces, stream.tokens) where place.row < hiddenSize {
      let matrix = matrices[place.matrix]
      matrices[place.matrix].weights[place.row * matrix.columns + place.token] = entry
    }
    for index in matrices.indices where matrices[index].layout != .tokens {
      guard let matrix = matrices[index].with(words: words[index]) else { return nil }
      matrices[index] = matrix
      matrices[index].multipliers = Array(multipliers[index].prefix(hiddenSize))
    }
    var result = self
    result.input = Gates(reset: matrices[0], update: matrices[2], candidate: matrices[4])
    result.recurrent = Gates(reset: matrices[1], update: matrices[3], candidate: matrices[5])
    func bias(_ values: [Int32]) -> [Int32] { Array(values.prefix(hiddenSize)) }
    result.bias = Gates(
      reset: bias(biases[0]), update: bias(biases[1]), candidate: bias(biases[2]))
    result.recurrentBias = recurrentBias.allSatisfy { $0 == 0 } ? nil : bias(recurrentBias)
    return result.stream == stream ? result : nil
  }
}

extension QuantizedDense {
  public var stream: ConstantStream {
    var stream = ConstantStream(weights: weights.words)
    for index in 0..<quadCount(weights.rows) {
      stream.rows += quad(index, of: bias) + quad(index, of: weights.multipliers)
    }
    return stream
  }

  /// The same layer with constants from a stream; nil where no constants make this stream.
  public func with(_ stream: ConstantStream) -> QuantizedDense? {
    let own = self.stream
    guard (stream.weights.count, stream.rows.count) == (own.weights.count, own.rows.count),
      let matrix = weights.with(words: stream.weights)
    else { return nil }
    var result = self
    result.weights = matrix
    let rows = stream.rows
    for row in 0..<matrix.rows {
      result.bias[row] = rows[row / 4 * 8 + row % 4]
      result.weights.multipliers[row] = rows[row / 4 * 8 + 4 + row % 4]
    }
    return result.stream == stream ? result : nil
  }
}

/// Rows come in quads.
private func quadCount(_ rows: Int) -> Int { (rows + 3) / 4 }

/// Four values of one a row, zeros beyond the last.
private func quad(_ index: Int, of values: [Int32]) -> [Int32] {
  (4 * index..<4 * index + 4).map { $0 < values.count ? values[$0] : 0 }
}

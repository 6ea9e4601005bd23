/// A trained network in canonical form, whatever framework it came from.
///
///     r = σ(Wr·x + Ur·h + br)
///     z = σ(Wz·x + Uz·h + bz)
///     n = φ(Wn·x + bn + r ⊙ (Un·h + cn))      reset after
///     n = φ(Wn·x + bn + Un·(r ⊙ h))           reset before
///     h ← (1 − z) ⊙ n + z ⊙ h                 z keeps
public struct Network: Sendable {
  public var input: NetworkInput
  public var layers: [Layer]

  /// Values of an input vector, or number of tokens.
  public var inputSize: Int { layers.first?.inputSize ?? 0 }
  public var outputSize: Int { layers.last?.outputSize ?? 0 }

  public init(input: NetworkInput = .vector(nil), layers: [Layer]) {
    self.input = input
    self.layers = layers
  }

  public var readsTokens: Bool {
    if case .tokens = input { true } else { false }
  }
}

/// What a network reads at each step.
public enum NetworkInput: Equatable, Sendable {
  /// A vector of features, standardised first where the model was trained so.
  case vector(Standardisation?)
  /// A token: the first layer is an embedding, or a GRU over one-hot vectors.
  case tokens
}

/// x ↦ (x − mean) / deviation, feature by feature.
public struct Standardisation: Equatable, Sendable {
  public var mean: [Double]
  public var deviation: [Double]

  public init(mean: [Double], deviation: [Double]) {
    self.mean = mean
    self.deviation = deviation
  }

  public func callAsFunction(_ x: [Double]) -> [Double] {
    x.indices.map { (x[$0] - mean[$0]) / deviation[$0] }
  }
}

public enum Layer: Sendable {
  case embedding(EmbeddingLayer)
  case gru(GRULayer)
  case dense(DenseLayer)

  public var name: String {
    switch self {
    case .embedding(let layer): layer.name
    case .gru(let layer): layer.name
    case .dense(let layer): layer.name
    }
  }

  public var inputSize: Int {
    switch self {
    case .embedding(let layer): layer.table.rows
    case .gru(let layer): layer.inputSize
    case .dense(let layer): layer.weights.columns
    }
  }

  public var outputSize: Int {
    switch self {
    case .embedding(let layer): layer.table.columns
    case .gru(let layer): layer.hiddenSize
    case .dense(let layer): layer.weights.rows
    }
  }
}

/// Where the reset gate acts on the candidate.
public enum ResetMode: String, Sendable, CaseIterable {
  case after
  case before
}

/// φ of a candidate, or the activation of a dense layer.
public enum Activation: String, Sendable, CaseIterable {
  case none
  case relu
  case tanh
  case sigmoid
  case softmax
}

/// One thing for each gate.
public struct Gates<Element> {
  public var reset: Element
  public var update: Element
  public var candidate: Element

  public init(reset: Element, update: Element, candidate: Element) {
    self.reset = reset
    self.update = update
    self.candidate = candidate
  }

  /// Reset, update, candidate: the order of everything in this project.
  public var inOrder: [Element] { [reset, update, candidate] }

  public static var names: Gates<String> {
    Gates<String>(reset: "reset", update: "update", candidate: "candidate")
  }

  public func map<Result, Failure>(
    _ transform: (Element) throws(Failure) -> Result
  ) throws(Failure) -> Gates<Result> {
    Gates<Result>(
      reset: try transform(reset), update: try transform(update),
      candidate: try transform(candidate))
  }
}

extension Gates: Equatable where Element: Equatable {}
extension Gates: Sendable where Element: Sendable {}
extension Gates: Encodable where Element: Encodable {}

/// Rows × columns of real numbers, row after row.
public struct RealMatrix: Equatable, Sendable {
  public var rows: Int
  public var columns: Int
  public var values: [Double]

  public init(rows: Int, columns: Int, values: [Double]) {
    precondition(values.count == rows * columns)
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  public func row(_ index: Int) -> ArraySlice<Double> {
    values[index * columns..<(index + 1) * columns]
  }

  /// The product of two matrices.
  public func times(_ other: RealMatrix) -> RealMatrix {
    let columns = (0..<other.columns).map { column in
      self((0..<other.rows).map { other.values[$0 * other.columns + column] })
    }
    return RealMatrix(
      rows: rows, columns: other.columns,
      values: (0..<rows).flatMap { row in columns.map { $0[row] } })
  }

  public var transposed: RealMatrix {
    RealMatrix(
      rows: columns, columns: rows,
      values: (0..<columns).flatMap { column in
        (0..<rows).map { values[$0 * columns + column] }
      })
  }

  /// Matrix times vector.
  public func callAsFunction(_ vector: [Double]) -> [Double] {
    values.withUnsafeBufferPointer { values in
      vector.withUnsafeBufferPointer { vector in
        (0..<rows).map { row in
          dot(values.baseAddress! + row * columns, vector.baseAddress!, count: columns)
        }
      }
    }
  }
}

/// One gated recurrent unit layer.
public struct GRULayer: Sendable {
  public var name: String
  public var reset: ResetMode
  public var candidate: Activation
  /// W: H × I each.
  public var input: Gates<RealMatrix>
  /// U: H × H each.
  public var recurrent: Gates<RealMatrix>
  /// b: H each; where a framework has two biases that add up, their sum.
  public var bias: Gates<[Double]>
  /// cn: H values inside the reset product of a reset-after cell.
  public var recurrentBias: [Double]
  /// h before the first step.
  public var initialState: [Double]

  public var inputSize: Int { input.reset.columns }
  public var hiddenSize: Int { input.reset.rows }

  public init(
    name: String, reset: ResetMode, candidate: Activation, input: Gates<RealMatrix>,
    recurrent: Gates<RealMatrix>, bias: Gates<[Double]>, recurrentBias: [Double],
    initialState: [Double]? = nil
  ) {
    self.name = name
    self.reset = reset
    self.candidate = candidate
    self.input = input
    self.recurrent = recurrent
    self.bias = bias
    self.recurrentBias = recurrentBias
    self.initialState = initialState ?? Array(repeating: 0, count: recurrentBias.count)
  }
}

/// A table of vectors, one row for each token.
public struct EmbeddingLayer: Sendable {
  public var name: String
  /// tokens × width
  public var table: RealMatrix

  public init(name: String, table: RealMatrix) {
    self.name = name
    self.table = table
  }
}

/// An affine map and an activation.
public struct DenseLayer: Sendable {
  public var name: String
  /// output × input
  public var weights: RealMatrix
  public var bias: [Double]
  public var activation: Activation

  public init(name: String, weights: RealMatrix, bias: [Double], activation: Activation) {
    self.name = name
    self.weights = weights
    self.bias = bias
    self.activation = activation
  }
}

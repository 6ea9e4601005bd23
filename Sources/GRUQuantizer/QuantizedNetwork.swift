import CGRU
public import ModelFiles

/// A network in integers: what a header holds, before it is written or after it is read.
public struct QuantizedNetwork: Equatable, Sendable {
  /// The prefix of every symbol in the header.
  public var name: String
  public var input: QuantizedInput
  public var layers: [QuantizedLayer]

  public init(name: String, input: QuantizedInput, layers: [QuantizedLayer]) {
    self.name = name
    self.input = input
    self.layers = layers
  }

  /// Values of an input vector, or number of tokens.
  public var inputSize: Int { layers.first?.inputSize ?? 0 }
  public var outputSize: Int { layers.last?.outputSize ?? 0 }
  public var cells: [QuantizedCell] { layers.compactMap(\.cell) }
  public var readsTokens: Bool { input == .tokens }
  /// Numbers of 16 bits that stand for a step's input: one for a token.
  public var inputCount: Int { readsTokens ? 1 : inputSize }
  /// Hidden states of all cells.
  public var hiddenCount: Int { cells.reduce(0) { $0 + $1.hiddenSize } }

  /// Bytes kept between steps.
  public var stateSize: Int {
    cells.reduce(0) { size, cell in
      size + paddedSize(2 * cell.hiddenSize)
        + (cell.carryBits > 0 ? paddedSize(cell.hiddenSize) : 0)
    }
  }

  /// Bytes needed during a step.
  public var scratchSize: Int {
    let vectors = innerDense.reduce(0) { $0 + paddedSize(2 * $1.weights.rows) }
    return (cells.map(\.scratchSize).max() ?? 0) + vectors
  }

  /// Dense layers that another layer follows.
  var innerDense: [QuantizedDense] { layers.dropLast().compactMap(\.dense) }

  /// Bytes of weights, multipliers and biases in flash.
  public var constantSize: Int { layers.reduce(0) { $0 + $1.constantSize } }
}

/// What a step reads.
public enum QuantizedInput: Equatable, Sendable {
  /// real = scale × raw + offset; one scale for all features or one each, no offsets or one each.
  case vector(scales: [Float], offsets: [Float])
  case tokens
}

public enum QuantizedLayer: Equatable, Sendable {
  case embedding(QuantizedEmbedding)
  case cell(QuantizedCell)
  case dense(QuantizedDense)

  public var cell: QuantizedCell? {
    if case .cell(let cell) = self { cell } else { nil }
  }

  public var dense: QuantizedDense? {
    if case .dense(let dense) = self { dense } else { nil }
  }

  public var inputSize: Int {
    switch self {
    case .embedding(let embedding): embedding.tokens
    case .cell(let cell): cell.input.reset.columns
    case .dense(let dense): dense.weights.columns
    }
  }

  public var outputSize: Int {
    switch self {
    case .embedding(let embedding): embedding.width
    case .cell(let cell): cell.hiddenSize
    case .dense(let dense): dense.weights.rows
    }
  }

  /// Bytes of all constants.
  public var constantSize: Int {
    switch self {
    case .embedding(let embedding): 2 * embedding.rows.count
    case .cell(let cell): cell.stream.size + 2 * (cell.initialState?.count ?? 0)
    case .dense(let dense): dense.stream.size
    }
  }
}

/// A gated recurrent unit.
public struct QuantizedCell: Equatable, Sendable {
  public var reset: ResetMode
  public var candidate: Activation
  public var input: Gates<QuantizedMatrix>
  public var recurrent: Gates<QuantizedMatrix>
  /// Q(18 − `preActivationShift`), as `recurrentBias`.
  public var bias: Gates<[Int32]>
  /// nil where all of it is zero.
  public var recurrentBias: [Int32]?
  /// nil where all of it is zero.
  public var initialState: [Int16]?
  public var preActivationShift: Int
  /// 0 or 8.
  public var carryBits: Int
  /// real = raw × 2^(`stateExponent` − 15); 0 for a tanh candidate.
  public var stateExponent: Int

  public init(
    reset: ResetMode, candidate: Activation, input: Gates<QuantizedMatrix>,
    recurrent: Gates<QuantizedMatrix>, bias: Gates<[Int32]>, recurrentBias: [Int32]?,
    initialState: [Int16]?, preActivationShift: Int, carryBits: Int, stateExponent: Int
  ) {
    self.reset = reset
    self.candidate = candidate
    self.input = input
    self.recurrent = recurrent
    self.bias = bias
    self.recurrentBias = recurrentBias
    self.initialState = initialState
    self.preActivationShift = preActivationShift
    self.carryBits = carryBits
    self.stateExponent = stateExponent
  }

  public var hiddenSize: Int { input.reset.rows }

  /// W and U of the reset gate, of the update gate, of the candidate.
  public var matrices: [QuantizedMatrix] {
    zip(input.inOrder, recurrent.inOrder).flatMap { [$0, $1] }
  }

  /// The real value of one unit of the hidden state.
  public var stateScale: Double {
    Double(sign: .plus, exponent: stateExponent - 15, significand: 1)
  }

  var scratchSize: Int { paddedSize(2 * hiddenSize) * (reset == .before ? 2 : 1) }
}

/// An affine map and an activation.
public struct QuantizedDense: Equatable, Sendable {
  public var weights: QuantizedMatrix
  public var bias: [Int32]
  public var activation: Activation
  public var preActivationShift: Int
  /// Before another layer: real = raw × 2^(`outputExponent` − 15). The last layer's output is Q18.
  public var outputExponent: Int

  public init(
    weights: QuantizedMatrix, bias: [Int32], activation: Activation, preActivationShift: Int,
    outputExponent: Int
  ) {
    self.weights = weights
    self.bias = bias
    self.activation = activation
    self.preActivationShift = preActivationShift
    self.outputExponent = outputExponent
  }
}

/// A table of int16 vectors, one for each token; their scale lies in the next layer's multipliers.
public struct QuantizedEmbedding: Equatable, Sendable {
  public var tokens: Int
  public var width: Int
  /// Token after token.
  public var rows: [Int16]

  public init(tokens: Int, width: Int, rows: [Int16]) {
    self.tokens = tokens
    self.width = width
    self.rows = rows
  }
}

extension Activation {
  /// The header's constant.
  public var code: UInt8 {
    switch self {
    case .none: UInt8(GRU_ACTIVATION_NONE)
    case .relu: UInt8(GRU_ACTIVATION_RELU)
    case .tanh: UInt8(GRU_ACTIVATION_TANH)
    case .sigmoid: UInt8(GRU_ACTIVATION_SIGMOID)
    case .softmax: UInt8(GRU_ACTIVATION_SOFTMAX)
    }
  }
}

extension ResetMode {
  /// The header's constant.
  public var code: UInt8 { UInt8(self == .after ? GRU_RESET_AFTER : GRU_RESET_BEFORE) }
}

/// Memory is given out in words.
func paddedSize(_ bytes: Int) -> Int { (bytes + 3) / 4 * 4 }

public import ModelFiles

/// A network whose weights are integers with real scales, and whose biases fit them: all that
/// rounding decides. Its input's units and the formats in between are chosen afterwards.
public struct RoundedNetwork: Sendable {
  var layers: [RoundedLayer]

  /// The same, with all that follows the last cell as another rounding has it.
  package func takingOutputs(from other: RoundedNetwork) -> RoundedNetwork {
    let last = layers.lastIndex { if case .cell = $0 { true } else { false } }
    let first = last.map { $0 + 1 } ?? 0
    return RoundedNetwork(layers: Array(layers[..<first] + other.layers[first...]))
  }
}

enum RoundedLayer: Sendable {
  /// Nothing to decide: every row keeps 16 bits.
  case embedding
  case cell(Gates<RoundedGate>)
  case dense(weights: RoundedMatrix, bias: [Double])
}

/// One gate's share of a cell.
struct RoundedGate: Sendable {
  /// W; nil for tokens, whose table of pre-activations keeps 16 bits.
  var input: RoundedMatrix?
  /// U
  var recurrent: RoundedMatrix
  var bias: [Double]
  /// Inside the reset product; of a reset-after candidate only.
  var recurrentBias: [Double]
}

/// Which weights keep which width. A matrix that is named apart overrules the rest.
public struct Widths: Hashable, Sendable {
  /// One weight matrix.
  public struct Block: Hashable, Sendable {
    public enum Part: String, Hashable, Sendable, CaseIterable {
      case inputReset = "W reset"
      case inputUpdate = "W update"
      case inputCandidate = "W candidate"
      case recurrentReset = "U reset"
      case recurrentUpdate = "U update"
      case recurrentCandidate = "U candidate"
      case dense

      public static let input = Gates(
        reset: Self.inputReset, update: .inputUpdate, candidate: .inputCandidate)
      public static let recurrent = Gates(
        reset: Self.recurrentReset, update: .recurrentUpdate, candidate: .recurrentCandidate)

      /// Whether it is W of a cell.
      var readsInput: Bool { Self.input.inOrder.contains(self) }
    }

    public var layer: Int
    public var part: Part

    public init(layer: Int, part: Part) {
      self.layer = layer
      self.part = part
    }

    /// Whether it reads the layer's input, not the hidden state.
    public var readsInput: Bool { part == .dense || part.readsInput }
  }

  /// Of each W.
  public var input: WeightFormat
  /// Of each U and each dense layer.
  public var recurrent: WeightFormat
  public var exceptions: [Block: WeightFormat] = [:]

  public init(input: WeightFormat, recurrent: WeightFormat) {
    self.input = input
    self.recurrent = recurrent
  }

  public init(all format: WeightFormat) {
    self.init(input: format, recurrent: format)
  }

  public subscript(block: Block) -> WeightFormat {
    exceptions[block] ?? (block.part.readsInput ? input : recurrent)
  }

  public subscript(layer: Int, part: Block.Part) -> WeightFormat {
    self[Block(layer: layer, part: part)]
  }
}

extension Network {
  /// Every matrix whose width can be chosen.
  public var blocks: [Widths.Block] {
    layers.enumerated().flatMap { index, layer -> [Widths.Block] in
      let parts: [Widths.Block.Part] =
        switch layer {
        case .embedding: []
        case .gru:
          (index == 0 && readsTokens ? [] : Widths.Block.Part.input.inOrder)
            + Widths.Block.Part.recurrent.inOrder
        case .dense: [.dense]
        }
      return parts.map { Widths.Block(layer: index, part: $0) }
    }
  }
}

import FloatGRU
public import GRUQuantizer
public import GRURuntime
public import ModelFiles

/// What each part of the integers costs alone: the float model with that part taken from the header,
/// against the float model itself.
///
/// The last entry is everything that isn't a weight: the input's and the state's rounding, tables,
/// gates and blend. It is the runtime's error against the float model whose weights and biases are
/// all the header's.
public struct Ablation: Sendable {
  public struct Entry: Sendable, Encodable {
    public var part: String
    /// Of the hidden state over all steps, the worst cell's dB; nil without any error.
    public var sqnr: Double?

    private enum CodingKeys: String, CodingKey {
      case part
      case sqnr = "sqnr_db"
    }
  }

  /// The dearest first.
  public let entries: [Entry]

  /// Steps after which the ranking has long settled.
  private static let stepLimit = 20_000

  /// nil where the header's input isn't the model's own, so that W and bias cannot be told apart.
  public init?(
    _ network: Network, _ quantized: QuantizedNetwork, over data: Sequences
  ) throws(GRUError) {
    let network =
      quantized.layers.count < network.layers.count ? network.foldingEmbedding() : network
    guard let real = network.replacing(quantized, Set(Part.allCases)) else { return nil }
    var parts: [(String, ErrorStatistics)] = []
    for part in Part.allCases {
      let changed = network.replacing(quantized, [part])!
      if part == .dense, !network.layers.contains(where: \.isDense) { continue }
      parts.append((part.rawValue, Self.error(of: changed, against: network, data)))
    }
    parts.append(("arithmetic", try Self.error(of: quantized, against: real, data)))
    entries = parts.map { Entry(part: $0, sqnr: $1.sqnr) }
      .sorted { $0.sqnr ?? .infinity < $1.sqnr ?? .infinity }
  }

  enum Part: String, CaseIterable {
    case input = "weights of W"
    case recurrent = "weights of U"
    case biases
    case dense = "dense layers"
  }

  private static func error(
    of changed: Network, against network: Network, _ data: Sequences
  ) -> ErrorStatistics {
    var (exact, other) = (FloatNetwork(network), FloatNetwork(changed))
    var statistics = ErrorStatistics()
    var steps = 0
    for sequence in data.sequences where steps < stepLimit {
      exact.reset()
      other.reset()
      for step in 0..<sequence.steps {
        let input = sequence.input(at: step, width: data.width)
        _ = (exact.step(input), other.step(input))
        for (truth, state) in zip(exact.states, other.states) {
          statistics.add(state, reference: truth)
        }
        steps += 1
      }
    }
    return statistics
  }

  private static func error(
    of quantized: QuantizedNetwork, against network: Network, _ data: Sequences
  ) throws(GRUError) -> ErrorStatistics {
    let fixed = try RuntimeInstance(RuntimeModel(quantized))
    var exact = FloatNetwork(network)
    var statistics = ErrorStatistics()
    var steps = 0
    for sequence in data.sequences where steps < stepLimit {
      fixed.reset()
      exact.reset()
      for step in 0..<sequence.steps {
        let input = sequence.input(at: step, width: data.width)
        _ = try fixed.step(quantized.rawInput(input).raw)
        _ = exact.step(input)
        for (layer, truth) in exact.states.enumerated() {
          guard let scale = quantized.layers[layer].cell?.stateScale else { continue }
          statistics.add(
            fixed.hidden(ofLayer: layer).lazy.map { Double($0) * scale }, reference: truth)
        }
        steps += 1
      }
    }
    return statistics
  }
}

extension Layer {
  fileprivate var isDense: Bool { if case .dense = self { true } else { false } }
}

extension Network {
  /// The same network with parts as the header's integers have them; nil where the header reads
  /// the firmware's own units.
  func replacing(
    _ quantized: QuantizedNetwork, _ parts: Set<Ablation.Part>
  ) -> Network? {
    guard var scales = columnScales(of: quantized) else { return nil }
    var result = self
    for (index, layer) in quantized.layers.enumerated() {
      switch (layer, layers[index]) {
      case (.embedding(let embedding), .embedding(let real)):
        let largest = real.table.values.reduce(0) { Swift.max($0, abs($1)) }
        scales = Array(repeating: (largest == 0 ? 1 : largest) / 32_767, count: embedding.width)
      case (.cell(let cell), .gru(var gru)):
        let shift = cell.preActivationShift
        if parts.contains(.input) { gru.input = cell.input.map { $0.real(scales, shift) } }
        scales = Array(repeating: cell.stateScale, count: cell.hiddenSize)
        if parts.contains(.recurrent) {
          gru.recurrent = cell.recurrent.map { $0.real(scales, shift) }
        }
        if parts.contains(.biases) {
          gru.bias = cell.bias.map { real($0, shift) }
          gru.recurrentBias = cell.recurrentBias.map { real($0, shift) } ?? gru.recurrentBias
        }
        result.layers[index] = .gru(gru)
      case (.dense(let dense), .dense(var real)):
        if parts.contains(.dense) {
          real.weights = dense.weights.real(scales, dense.preActivationShift)
          real.bias = self.real(dense.bias, dense.preActivationShift)
        }
        let unit = Double(sign: .plus, exponent: dense.outputExponent - 15, significand: 1)
        scales = Array(repeating: unit, count: dense.weights.rows)
        result.layers[index] = .dense(real)
      default: return nil
      }
    }
    return result
  }

  /// What one raw unit of each input stands for, in what the first layer reads.
  func columnScales(of quantized: QuantizedNetwork) -> [Double]? {
    guard case .vector(let scales, let offsets) = quantized.input,
      case .vector(let standardisation) = input
    else { return [] }
    guard offsets == standardisation?.mean.map({ Float($0) }) ?? [] else { return nil }
    return (0..<inputSize).map { feature in
      Double(scales[scales.count == 1 ? 0 : feature])
        / (standardisation?.deviation[feature] ?? 1)
    }
  }

  private func real(_ bias: [Int32], _ shift: Int) -> [Double] {
    bias.map { Double($0) * Double(sign: .plus, exponent: shift - 18, significand: 1) }
  }
}

extension QuantizedMatrix {
  /// The real weights: integer × multiplier × 2^−(50 − s + m), in units of each column's scale.
  fileprivate func real(_ columnScales: [Double], _ preActivationShift: Int) -> RealMatrix {
    let exponent =
      layout == .tokens ? shift + preActivationShift - 18 : preActivationShift - 50 - shift
    let unit = Double(sign: .plus, exponent: exponent, significand: 1)
    let values = (0..<rows).flatMap { row in
      self.row(row).enumerated().map { column, weight in
        layout == .tokens
          ? Double(weight) * unit
          : Double(weight) * Double(multipliers[row]) * unit / columnScales[column]
      }
    }
    return RealMatrix(rows: rows, columns: columns, values: values)
  }
}

import FloatGRU
public import GRUQuantizer
public import ModelFiles

/// What each part of a header costs: with that part made exact and all others as they are, and with
/// that part alone as in the header and all others exact.
///
/// Every SQNR is that of the hidden states, of all cells, steps and units together, in dB against
/// the float model; nil without any error, or where all states are 0.
public struct Ablation: Sendable, Encodable {
  public struct Entry: Sendable, Encodable {
    public var part: String
    /// What the header would have if this part were exact.
    public var exactSQNR: Double?
    /// What that gains over the header as it is.
    public var gain: Double?
    /// What the header would have if all other parts were exact.
    public var aloneSQNR: Double?

    private enum CodingKeys: String, CodingKey {
      case part
      case exactSQNR = "made_exact_sqnr_db"
      case gain = "made_exact_gain_db"
      case aloneSQNR = "alone_sqnr_db"
    }
  }

  /// Steps that were run.
  public let steps: Int
  /// Of the header as it is.
  public let sqnr: Double?
  /// The part that gains most first.
  public let parts: [Entry]

  private enum CodingKeys: String, CodingKey {
    case steps, parts
    case sqnr = "header_sqnr_db"
  }

  /// Steps after which the ranking has long settled.
  private static let stepLimit = 20_000
  /// Hidden states over all steps, which are kept for all parts: 32 MiB.
  private static let stateLimit = 1 << 22

  /// Beyond this is the rounding of a Double, and no error.
  private static let exactSQNR = 250.0

  /// - Parameter progress: told now and then what share of the work is done.
  public init(
    _ network: Network, _ quantized: QuantizedNetwork, over data: Sequences,
    progress: (@Sendable (Double) -> Void)? = nil
  ) {
    self.init(network, quantized, over: data, states: Self.stateLimit, progress: progress)
  }

  package init(
    _ network: Network, _ quantized: QuantizedNetwork, over data: Sequences, states limit: Int,
    progress: (@Sendable (Double) -> Void)? = nil
  ) {
    let network = network.folded(as: quantized)
    let data = data.prefix(min(Self.stepLimit, max(1, limit / max(quantized.hiddenCount, 1))))
    steps = data.steps
    let present = RoundedPart.allCases.filter { $0.exists(in: quantized) }
    let all = Set(present)
    let choices = [all] + present.map { all.subtracting([$0]) } + present.map { [$0] }
    let truth = Self.states(of: network, data)
    let progress = progress.map { StepProgress(total: choices.count * data.steps, $0) }
    // A Double for each weight, which has a byte at least.
    let size = MemoryLayout<Double>.size * quantized.constantSize
    let results = concurrentMap(choices.count, ofSize: size) { index in
      Self.sqnr(
        of: EmulatedNetwork(network, quantized, rounding: choices[index]), data, truth, progress)
    }
    let header = results[0]
    sqnr = header
    parts = present.enumerated()
      .map { index, part in
        let exact = results[1 + index]
        return Entry(
          part: part.rawValue, exactSQNR: exact,
          gain: header.flatMap { header in exact.map { $0 - header } },
          aloneSQNR: results[1 + present.count + index])
      }
      .sorted { $0.gain ?? .infinity > $1.gain ?? .infinity }
  }

  /// The float model's states, step by step.
  private static func states(of network: Network, _ data: Sequences) -> [[[Double]]] {
    var float = FloatNetwork(network)
    var states: [[[Double]]] = []
    for sequence in data.sequences {
      float.reset()
      for step in 0..<sequence.steps {
        _ = float.step(sequence.input(at: step, width: data.width))
        states.append(float.states)
      }
    }
    return states
  }

  private static func sqnr(
    of emulated: EmulatedNetwork, _ data: Sequences, _ truth: [[[Double]]],
    _ progress: StepProgress?
  ) -> Double? {
    var emulated = emulated
    var statistics = ErrorStatistics()
    var truth = truth.makeIterator()
    for sequence in data.sequences {
      emulated.reset()
      for step in 0..<sequence.steps {
        emulated.step(sequence.input(at: step, width: data.width))
        for (hidden, truth) in zip(emulated.hidden, truth.next()!) {
          statistics.add(hidden, reference: truth)
        }
        progress?.step()
      }
    }
    return statistics.sqnr.flatMap { $0.isFinite && $0 < exactSQNR ? $0 : nil }
  }
}

extension RoundedPart {
  /// Whether a network has such a part before or in one of its cells.
  fileprivate func exists(in quantized: QuantizedNetwork) -> Bool {
    switch self {
    case .inputs: !quantized.readsTokens || quantized.layers[0].cell == nil
    case .dense:
      quantized.layers.lastIndex { $0.cell != nil }
        .map { last in quantized.layers[..<last].contains { $0.dense != nil } } ?? false
    default: true
    }
  }
}

extension Sequences {
  /// The first steps.
  fileprivate func prefix(_ count: Int) -> Sequences {
    var kept: [Sequence] = []
    var rest = count
    for sequence in sequences where rest > 0 {
      let steps = min(sequence.steps, rest)
      kept.append(sequence.piece(0..<steps, width: width))
      rest -= steps
    }
    return Sequences(width: width, isTokens: isTokens, sequences: kept)
  }
}

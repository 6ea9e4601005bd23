public import GRUQuantizer
public import GRURuntime
public import ModelFiles

/// The runtime beside the float model, step by step over the same sequences.
///
/// Sequences run on all cores, and are added in their order: the sums are always the same.
public struct Comparison: Sendable {
  /// One cell's errors, over all steps and units.
  public struct Layer: Sendable {
    public var name: String
    public var hidden = ErrorStatistics()
    public var gates = Gates(
      reset: ErrorStatistics(), update: ErrorStatistics(), candidate: ErrorStatistics())
    /// What σ and φ read.
    public var sums = Gates(
      reset: ErrorStatistics(), update: ErrorStatistics(), candidate: ErrorStatistics())
    public var saturations = Saturations()
    public var time: ErrorOverTime
    public var units = UnitErrors()
    /// Of the hidden state, in its LSB.
    public var histogram = ErrorHistogram()
    public var ranges = Ranges()
    /// The largest error that one step added: the distance to what the float cell makes of the
    /// runtime's own state and input.
    public var stepError = 0.0
  }

  /// Where the float model's values lie.
  public struct Ranges: Equatable, Sendable, Encodable {
    public var hidden = ValueRange()
    /// What σ and φ read.
    public var preactivations = Gates(
      reset: ValueRange(), update: ValueRange(), candidate: ValueRange())
  }

  /// How often a value met the end of its range.
  public struct Saturations: Equatable, Sendable, Encodable {
    /// Inputs beyond int16; counted for the first layer.
    public var input = 0
    /// Hidden states at an end of Q15.
    public var state = 0
    /// Pre-activations beyond ±16, where σ and tanh have long been constant.
    public var preactivation = Gates(reset: 0, update: 0, candidate: 0)
    /// Gates that are exactly 0 or 1, candidates as large as they can be.
    public var gate = Gates(reset: 0, update: 0, candidate: 0)
  }

  public internal(set) var sequences = 0
  public internal(set) var steps = 0
  /// The largest magnitude of each raw input; none for tokens.
  public internal(set) var largestInputs: [Double] = []
  public internal(set) var layers: [Layer]
  public internal(set) var output = ErrorStatistics()
  public internal(set) var outputUnits = UnitErrors()
  /// At each step, or at the last ones where only these have labels.
  public internal(set) var decisions: Decisions
  /// Nil where nothing was expected.
  public internal(set) var reference: Validation.Reference?

  /// Sequences that are run at once: what is found of each takes room until it is added up.
  private static let batch = 64
  /// Stretches of steps: as many as a picture can show.
  private static let bins = 160

  /// - Parameters:
  ///   - network: the trained model; what the quantizer folded is folded here too.
  ///   - quantized: what was made of it.
  ///   - expectations: of these data.
  ///   - progress: told now and then what share of the steps is done.
  public init(
    _ network: Network, _ quantized: QuantizedNetwork, over data: Sequences,
    expecting expectations: Expectations = Expectations(),
    progress: (@Sendable (Double) -> Void)? = nil
  ) throws(GRUError) {
    let model = try RuntimeModel(quantized)
    let network = network.folded(as: quantized)
    let progress = progress.map { StepProgress(total: data.steps, $0) }
    let longest = data.sequences.map(\.steps).max() ?? 0
    self.init(of: network, quantized, longest: longest, expectations)
    let empty = self
    for start in stride(from: 0, to: data.sequences.count, by: Self.batch) {
      let count = min(Self.batch, data.sequences.count - start)
      let comparisons = try concurrentMap(count) { offset throws(GRUError) in
        var pair = try ComparedPair(network, model, empty, expectations)
        try pair.run(data, sequence: start + offset, progress: progress)
        return pair.comparison
      }
      for comparison in comparisons { add(comparison) }
    }
    let cells = network.layers.indices.filter { quantized.layers[$0].cell != nil }
    layers = cells.map { layers[$0] }
  }

  /// Over no sequence yet, with an entry for every layer.
  private init(
    of network: Network, _ quantized: QuantizedNetwork, longest: Int,
    _ expectations: Expectations
  ) {
    let time = ErrorOverTime(longest: longest, bins: Self.bins)
    layers = network.layers.map { Layer(name: $0.name, time: time) }
    decisions = Decisions(of: quantized)
    reference = Validation.Reference(expectations)
    if !quantized.readsTokens {
      largestInputs = Array(repeating: 0, count: quantized.inputSize)
    }
  }

  /// Adds the next sequences.
  private mutating func add(_ other: Comparison) {
    sequences += other.sequences
    steps += other.steps
    largestInputs = zip(largestInputs, other.largestInputs).map { max($0, $1) }
    for index in layers.indices { layers[index].add(other.layers[index]) }
    output.add(other.output)
    outputUnits.add(other.outputUnits)
    decisions.add(other.decisions)
    if let found = other.reference { reference?.add(hidden: found.hidden, output: found.output) }
  }
}

extension Comparison.Layer {
  fileprivate mutating func add(_ other: Self) {
    hidden.add(other.hidden)
    gates.add(other.gates)
    sums.add(other.sums)
    saturations.add(other.saturations)
    time.add(other.time)
    units.add(other.units)
    histogram.add(other.histogram)
    ranges.hidden.add(other.ranges.hidden)
    ranges.preactivations.add(other.ranges.preactivations)
    stepError = max(stepError, other.stepError)
  }
}

extension Gates where Element == ErrorStatistics {
  fileprivate mutating func add(_ other: Self) {
    reset.add(other.reset)
    update.add(other.update)
    candidate.add(other.candidate)
  }
}

extension Gates where Element == ValueRange {
  fileprivate mutating func add(_ other: Self) {
    reset.add(other.reset)
    update.add(other.update)
    candidate.add(other.candidate)
  }

  mutating func add(_ values: Gates<[Double]>) {
    reset.add(values.reset)
    update.add(values.update)
    candidate.add(values.candidate)
  }
}

extension Gates where Element == Int {
  fileprivate mutating func add(_ other: Self) {
    reset += other.reset
    update += other.update
    candidate += other.candidate
  }
}

extension Comparison.Saturations {
  fileprivate mutating func add(_ other: Self) {
    input += other.input
    state += other.state
    preactivation.add(other.preactivation)
    gate.add(other.gate)
  }
}

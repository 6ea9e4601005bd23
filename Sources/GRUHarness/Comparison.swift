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
    public var time = ErrorOverTime()
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

  /// Outputs of both models at one step.
  public struct Output: Sendable {
    public var float: [Double]
    public var fixed: [Double]
  }

  public internal(set) var steps = 0
  /// The largest magnitude of each raw input; none for tokens.
  public internal(set) var largestInputs: [Double] = []
  public internal(set) var layers: [Layer]
  public internal(set) var output = ErrorStatistics()
  public internal(set) var outputUnits = UnitErrors()
  /// Per sequence and step.
  public internal(set) var outputs: [[Output]] = []
  /// Float hidden states of the last cell, per sequence and step, where they were asked for.
  public internal(set) var floatHidden: [[[Double]]] = []

  /// - Parameters:
  ///   - network: the trained model; what the quantizer folded is folded here too.
  ///   - quantized: what was made of it.
  ///   - keepingHidden: whether the float hidden states are kept, step by step.
  ///   - progress: told now and then what share of the steps is done.
  public init(
    _ network: Network, _ quantized: QuantizedNetwork, over data: Sequences,
    keepingHidden: Bool = false, progress: (@Sendable (Double) -> Void)? = nil
  ) throws(GRUError) {
    let model = try RuntimeModel(quantized)
    let network = network.folded(as: quantized)
    let progress = progress.map { StepProgress(total: data.steps, $0) }
    let comparisons = try concurrentMap(data.sequences.count) { index throws(GRUError) in
      var pair = try ComparedPair(network, model, keepsFloatHidden: keepingHidden)
      try pair.run(data.sequences[index], width: data.width, progress: progress)
      return pair.comparison
    }
    self.init(of: network, quantized)
    for comparison in comparisons { add(comparison) }
    let cells = network.layers.indices.filter { quantized.layers[$0].cell != nil }
    layers = cells.map { layers[$0] }
  }

  /// Over no sequence yet, with an entry for every layer.
  init(of network: Network, _ quantized: QuantizedNetwork) {
    layers = network.layers.map { Layer(name: $0.name) }
    if !quantized.readsTokens {
      largestInputs = Array(repeating: 0, count: quantized.inputSize)
    }
  }

  /// Adds the next sequences.
  private mutating func add(_ other: Comparison) {
    steps += other.steps
    largestInputs = zip(largestInputs, other.largestInputs).map { max($0, $1) }
    for index in layers.indices { layers[index].add(other.layers[index]) }
    output.add(other.output)
    outputUnits.add(other.outputUnits)
    outputs += other.outputs
    floatHidden += other.floatHidden
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

public import GRUQuantizer
public import ModelFiles

/// What `gru validate` reports: the header's runtime beside the float model. Encodes as the
/// documented JSON, schema 1; what does not apply is absent.
public struct Validation: Encodable {
  public struct Layer: Encodable {
    public var name: String
    public var kind = "gru"
    public var steps: Int
    public var hidden: ErrorStatistics
    public var gates: Gates<ErrorStatistics>
    /// Of the sums that the gates' functions read.
    public var preactivations: Gates<ErrorStatistics>
    public var saturations: Comparison.Saturations
    public var time: Time
    /// What one step added at most.
    public var stepError: Double
    /// What one step can add.
    public var stepBound = StepBound()
    public var units: Int
    public var worstUnits: [WorstUnit]
    /// The real value of one unit of the hidden state's int16.
    public var lsb: Double
    public var histogram: ErrorHistogram.Body
    /// Of the float model.
    public var ranges: Comparison.Ranges
    /// For pictures; not in the JSON.
    public var timeBins: [ErrorOverTime.Bin]

    private enum CodingKeys: String, CodingKey {
      case name, kind, steps, hidden, gates, preactivations, saturations, time, units, lsb, ranges
      case stepError = "max_step_error"
      case stepBound = "proved_step_error"
      case worstUnits = "worst_units"
      case histogram = "error_histogram"
    }
  }

  /// A unit's error over all steps.
  public struct WorstUnit: Encodable {
    public var unit: Int
    public var rms: Double
    public var largest: Double
    /// Where it is largest.
    public var sequence: Int
    public var step: Int

    private enum CodingKeys: String, CodingKey {
      case unit, sequence, step
      case rms = "rms_error"
      case largest = "max_abs_error"
    }
  }

  /// The hidden state's error over the steps.
  public struct Time: Encodable {
    /// RMS over the first and the last tenth of each sequence.
    public var first: Double
    public var last: Double
    /// RMS of the last fifth over that of the second.
    public var drift: Double?
    public var worst: ErrorOverTime.Worst
    /// RMS over the second and the last fifth, where these are the same steps of all sequences, and
    /// how many steps there are; for pictures, not in the JSON.
    public var fifths: (second: Double, last: Double, steps: Int)?

    fileprivate init(_ time: ErrorOverTime) {
      (first, last, drift, worst) = (time.first, time.last, time.drift, time.worst)
      guard time.drift != nil, let length = time.commonLength else { return }
      fifths = (time.fifths[1], time.fifths[4], length)
    }

    private enum CodingKeys: String, CodingKey {
      case first = "rms_error_first"
      case last = "rms_error_last"
      case drift
      case worst = "worst_step"
    }
  }

  public struct Output: Encodable {
    public var error: ErrorStatistics
    /// Share of decisions in which both models agree: which output is largest, or on which side
    /// of ½ each one of a sigmoid layer is; nil for a single output without sigmoid.
    public var agreement: Double?
    public var confusion: Confusion?

    private enum CodingKeys: String, CodingKey { case agreement, confusion }

    public func encode(to encoder: any Encoder) throws {
      try error.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encodeIfPresent(agreement, forKey: .agreement)
      try container.encodeIfPresent(confusion, forKey: .confusion)
    }
  }

  /// Share of right decisions.
  public struct Task: Encodable {
    public var accuracyFloat: Double
    public var accuracyFixed: Double

    private enum CodingKeys: String, CodingKey {
      case accuracyFloat = "accuracy_float"
      case accuracyFixed = "accuracy_fixed"
    }
  }

  /// The float model itself against results computed by others.
  public struct Reference: Sendable, Encodable {
    public private(set) var hidden: Double?
    public private(set) var output: Double?

    /// Nil where no vectors are expected.
    init?(_ expectations: Expectations) {
      hidden = expectations.hidden.map { _ in 0 }
      output = expectations.output.map { _ in 0 }
      if hidden == nil && output == nil { return nil }
    }

    mutating func add(hidden: Double?, output: Double?) {
      if let hidden { self.hidden = max(self.hidden ?? 0, hidden) }
      if let output { self.output = max(self.output ?? 0, output) }
    }

    private enum CodingKeys: String, CodingKey {
      case hidden = "hidden_max_abs_error"
      case output = "output_max_abs_error"
    }
  }

  public let schema = 1
  public let command = "validate"
  public var pass: Bool
  public var network: NetworkSummary
  public var layers: [Layer]
  public var output: Output
  public var task: Task?
  public var reference: Reference?
  public var memory: Memory
  public var weights: [WeightRange] = []
  /// The row of each matrix that comes closest to 2³¹, closest first.
  public var accumulators: [RowBound]
  public var ablation: Ablation?
  public var warmUp: WarmUp?
  /// The same header on a device, where one was asked.
  public var device: DeviceComparison? {
    didSet { pass = failures.isEmpty && device?.isEqual != false }
  }
  /// What is wrong with the inputs, and what it costs.
  public var warnings: [String] = []
  public var limits: Limits
  /// One clause for each limit that is exceeded.
  public var failures: [String]
  /// For pictures; not in the JSON.
  public var traces: Traces?

  private enum CodingKeys: String, CodingKey {
    case schema, command, pass, network, layers, output, task, reference, memory, weights, ablation
    case device, warnings, limits, failures
    case accumulators = "accumulator_bounds"
    case warmUp = "warm_up"
  }
}

extension Validation {
  /// What a comparison of a header's network with the model that it was made from has shown.
  public init(
    of comparison: Comparison, _ quantized: QuantizedNetwork, limits: Limits = Limits()
  ) {
    network = NetworkSummary(quantized, comparison)
    layers = zip(comparison.layers, quantized.cells).map {
      Layer($0, $1, steps: comparison.steps)
    }
    let (decisions, decides) = (
      comparison.decisions, quantized.outputSize > 1 || quantized.endsInSigmoid
    )
    output = Output(
      error: comparison.output, agreement: decides ? decisions.agreement : nil,
      confusion: decides ? decisions.confusion : nil)
    task = decisions.task
    reference = comparison.reference
    memory = Memory(quantized)
    accumulators = quantized.accumulatorBounds
    self.limits = limits
    failures = limits.failures(layers: layers, agreement: output.agreement)
    pass = failures.isEmpty
  }

  /// Takes up the bounds of a network's cells.
  public mutating func prove(_ bounds: [StepBound]) {
    for (index, bound) in bounds.enumerated() { layers[index].stepBound = bound }
  }
}

extension Validation.Layer {
  /// Units whose errors are told one by one.
  private static let worstCount = 5

  fileprivate init(_ layer: Comparison.Layer, _ cell: QuantizedCell, steps: Int) {
    self.init(
      name: layer.name, steps: steps, hidden: layer.hidden, gates: layer.gates,
      preactivations: layer.sums, saturations: layer.saturations,
      time: Validation.Time(layer.time),
      stepError: layer.stepError, units: cell.hiddenSize,
      worstUnits: layer.units.worst(Self.worstCount).map { index in
        let unit = layer.units.units[index]
        return Validation.WorstUnit(
          unit: index, rms: layer.units.rms(ofUnit: index), largest: unit.largest,
          sequence: unit.sequence, step: unit.step)
      },
      lsb: cell.stateScale, histogram: layer.histogram.body, ranges: layer.ranges,
      timeBins: layer.time.bins)
  }
}

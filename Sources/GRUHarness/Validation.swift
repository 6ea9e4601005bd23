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

    private enum CodingKeys: String, CodingKey {
      case name, kind, steps, hidden, gates, preactivations, saturations, time
      case stepError = "max_step_error"
      case stepBound = "proved_step_error"
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

    private enum CodingKeys: String, CodingKey { case agreement }

    public func encode(to encoder: any Encoder) throws {
      try error.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encodeIfPresent(agreement, forKey: .agreement)
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
  public struct Reference: Encodable {
    public var hidden: Double?
    public var output: Double?

    private enum CodingKeys: String, CodingKey {
      case hidden = "hidden_max_abs_error"
      case output = "output_max_abs_error"
    }
  }

  /// Bytes.
  public struct Memory: Encodable {
    public var flashWeights: Int
    public var flashTables: Int
    public var ramState: Int
    public var ramScratch: Int

    public init(_ network: QuantizedNetwork) {
      flashWeights = network.constantSize
      flashTables = tableSize
      ramState = network.stateSize
      ramScratch = network.scratchSize
    }

    private enum CodingKeys: String, CodingKey {
      case flashWeights = "flash_weights"
      case flashTables = "flash_tables"
      case ramState = "ram_state"
      case ramScratch = "ram_scratch"
    }
  }

  /// The user's limits; what is nil is not checked.
  public struct Limits {
    public var maximumError: Double?
    public var minimumSQNR: Double?
    public var minimumAgreement: Double?

    public init(
      maximumError: Double? = nil, minimumSQNR: Double? = nil, minimumAgreement: Double? = nil
    ) {
      self.maximumError = maximumError
      self.minimumSQNR = minimumSQNR
      self.minimumAgreement = minimumAgreement
    }
  }

  public let schema = 1
  public let command = "validate"
  public var pass: Bool
  public var layers: [Layer]
  public var output: Output
  public var task: Task?
  public var reference: Reference?
  public var memory: Memory
  public var ablation: Ablation?
  public var warmUp: WarmUp?
  /// What is wrong with the inputs, and what it costs.
  public var warnings: [String] = []
  /// One sentence for each limit that is exceeded.
  public var failures: [String]

  private enum CodingKeys: String, CodingKey {
    case schema, command, pass, layers, output, task, reference, memory, ablation, warnings,
      failures
    case warmUp = "warm_up"
  }
}

extension Validation {
  /// Compares a header's network with the model that it was made from.
  ///
  /// - Parameters:
  ///   - labels: class at the last step (N), or at every step (N, T).
  ///   - expectedHidden: the last cell's states, (T, H) or (N, T, H), of the first sequences.
  ///   - expectedOutput: (N, O) at the last step, or (N, T, O).
  public init(
    of comparison: Comparison, _ quantized: QuantizedNetwork, labels: NPY? = nil,
    expectedHidden: NPY? = nil, expectedOutput: NPY? = nil, limits: Limits = Limits()
  ) throws(DataMismatch) {
    layers = comparison.layers.map { layer in
      Layer(
        name: layer.name, steps: comparison.steps, hidden: layer.hidden,
        gates: layer.gates, preactivations: layer.sums, saturations: layer.saturations,
        time: Time(
          first: layer.time.first, last: layer.time.last, drift: layer.time.drift,
          worst: layer.time.worst), stepError: layer.stepError)
    }
    let isSigmoid = quantized.layers.last?.dense?.activation == .sigmoid
    let decisions = Decisions(
      comparison, atEveryStep: labels?.shape.count != 1, byThreshold: isSigmoid)
    output = Output(
      error: comparison.output,
      agreement: quantized.outputSize > 1 || isSigmoid ? decisions.agreement : nil)
    task = try labels.map { labels throws(DataMismatch) in
      try decisions.task(labels, comparison)
    }
    if expectedHidden != nil || expectedOutput != nil {
      reference = Reference(
        hidden: try expectedHidden.map { expected throws(DataMismatch) in
          try largestError(comparison.floatHidden, expected, "hidden states")
        },
        output: try expectedOutput.map { expected throws(DataMismatch) in
          let outputs = comparison.outputs.map { $0.map(\.float) }
          // One row for each sequence means its last step.
          let lastOnly =
            expected.shape == [outputs.count, quantized.outputSize]
            && comparison.steps != outputs.count
          return try largestError(
            lastOnly ? outputs.map { $0.suffix(1) } : outputs, expected, "outputs")
        })
    }
    memory = Memory(quantized)
    failures = []
    pass = true
    check(limits)
  }

  /// Takes up the bounds of a network's cells.
  public mutating func prove(_ bounds: [StepBound]) {
    for (index, bound) in bounds.enumerated() { layers[index].stepBound = bound }
  }

  private mutating func check(_ limits: Limits) {
    let worst = layers.map(\.hidden.maximum).max() ?? 0
    if let limit = limits.maximumError, worst > limit {
      failures.append("the hidden state's largest error is \(worst), allowed \(limit)")
    }
    let lowest = layers.compactMap(\.hidden.sqnr).min() ?? .infinity
    if let limit = limits.minimumSQNR, lowest < limit {
      failures.append("the hidden state's SQNR is \(lowest) dB, demanded \(limit)")
    }
    if let limit = limits.minimumAgreement, let agreement = output.agreement, agreement < limit {
      failures.append("the decisions agree in \(agreement), demanded \(limit)")
    }
    pass = failures.isEmpty
  }
}

/// Labels or expected values that don't have the shape of the inputs.
public struct DataMismatch: Error, Equatable {
  public var message: String
}

/// The classes that both models choose, sequence by sequence.
private struct Decisions {
  /// One class a step, or one for each output that is a probability of its own.
  var float: [[[Int]]]
  var fixed: [[[Int]]]

  init(_ comparison: Comparison, atEveryStep: Bool, byThreshold: Bool) {
    func decide(_ values: [Double]) -> [Int] {
      byThreshold ? values.map { $0 >= 0.5 ? 1 : 0 } : [largest(values)]
    }
    let outputs = comparison.outputs.map { atEveryStep ? $0[...] : $0.suffix(1) }
    float = outputs.map { $0.map { decide($0.float) } }
    fixed = outputs.map { $0.map { decide($0.fixed) } }
  }

  var agreement: Double {
    share(zip(float, fixed).map { zip($0, $1).map(==) })
  }

  func task(_ labels: NPY, _ comparison: Comparison) throws(DataMismatch) -> Validation.Task {
    let count = float.count
    guard labels.isInteger, labels.shape.first == count, labels.shape.count <= 2 else {
      throw DataMismatch(
        message: "labels have shape \(labels.shape), expected integers (N) or (N, T) "
          + "for \(count) sequences")
    }
    let perSequence = labels.shape.count == 2 ? labels.shape[1] : 1
    guard float.allSatisfy({ $0.count <= perSequence }) else {
      throw DataMismatch(message: "labels have \(perSequence) steps, fewer than a sequence")
    }
    guard float.allSatisfy({ $0.allSatisfy { $0.count == 1 } }) else {
      throw DataMismatch(message: "labels are classes, but the outputs are separate probabilities")
    }
    try labels.requireClasses(
      below: comparison.outputs.first?.first?.float.count ?? 0, steps: float.map(\.count))
    func right(_ decisions: [[[Int]]]) -> [[Bool]] {
      decisions.enumerated().map { index, decisions in
        decisions.enumerated().map { step, decision in
          Double(decision[0]) == labels.values[index * perSequence + step]
        }
      }
    }
    return Validation.Task(
      accuracyFloat: share(right(float)), accuracyFixed: share(right(fixed)))
  }

  private func share(_ matches: [[Bool]]) -> Double {
    let flat = matches.flatMap { $0 }
    return flat.isEmpty ? 0 : Double(flat.count { $0 }) / Double(flat.count)
  }
}

private func largest(_ values: [Double]) -> Int {
  values.indices.reduce(0) { values[$1] > values[$0] ? $1 : $0 }
}

/// The largest difference from an array of shape (N, T, W), (T, W) or (N, W), which may cover only
/// the first sequences and be padded beyond their length.
func largestError(
  _ values: [[[Double]]], _ expected: NPY, _ what: String
) throws(DataMismatch) -> Double {
  let width = values.first?.first?.count ?? 0
  let (count, steps) = try expected.fit(
    sequences: values.map(\.count), width: width, "expected \(what)")
  var largest = 0.0
  for (index, sequence) in values.prefix(count).enumerated() {
    for (step, vector) in sequence.enumerated() {
      let start = (index * steps + step) * width
      for (offset, value) in vector.enumerated() {
        largest = max(largest, abs(value - expected.values[start + offset]))
      }
    }
  }
  return largest
}

import FixedPoint
import FloatGRU
public import GRUQuantizer
public import GRURuntime
public import ModelFiles

/// The runtime beside the float model, step by step over the same sequences.
public struct Comparison {
  /// One cell's errors, over all steps and units.
  public struct Layer {
    public var name: String
    public var hidden = ErrorStatistics()
    public var gates = Gates(
      reset: ErrorStatistics(), update: ErrorStatistics(), candidate: ErrorStatistics())
    /// What σ and φ read.
    public var sums = Gates(
      reset: ErrorStatistics(), update: ErrorStatistics(), candidate: ErrorStatistics())
    public var saturations = Saturations()
    public var time = ErrorOverTime()
    /// The largest error that one step added: the distance to what the float cell makes of the
    /// runtime's own state and input.
    public var stepError = 0.0
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
  public struct Output {
    public var float: [Double]
    public var fixed: [Double]
  }

  public private(set) var steps = 0
  /// The largest magnitude of each raw input; none for tokens.
  public private(set) var largestInputs: [Double] = []
  public private(set) var layers: [Layer]
  public private(set) var output = ErrorStatistics()
  /// Per sequence and step.
  public private(set) var outputs: [[Output]] = []
  /// Float hidden states of the last cell, per sequence and step.
  public private(set) var floatHidden: [[[Double]]] = []

  private let fixed: RuntimeInstance
  private var float: FloatNetwork
  /// The float cell of each layer, nil where it is none, and the unit of what it reads.
  private let cells: [FloatCell?]
  private let vectorScales: [Double]

  /// - Parameters:
  ///   - network: the trained model; what the quantizer folded is folded here too.
  ///   - quantized: what was made of it.
  public init(
    _ network: Network, _ quantized: QuantizedNetwork, over data: Sequences
  ) throws(GRUError) {
    fixed = try RuntimeInstance(RuntimeModel(quantized))
    let network = network.folded(as: quantized)
    float = FloatNetwork(network)
    cells = network.layers.map { if case .gru(let layer) = $0 { FloatCell(layer) } else { nil } }
    vectorScales = network.vectorScales(in: quantized)
    layers = network.layers.map { Layer(name: $0.name) }
    if !quantized.readsTokens {
      largestInputs = Array(repeating: 0, count: quantized.inputSize)
    }
    for sequence in data.sequences { try run(sequence, width: data.width) }
    let cells = network.layers.indices.filter { quantized.layers[$0].cell != nil }
    layers = cells.map { layers[$0] }
  }

  private mutating func run(_ sequence: Sequences.Sequence, width: Int) throws(GRUError) {
    fixed.reset()
    float.reset()
    outputs.append([])
    floatHidden.append([])
    for index in layers.indices { layers[index].time.startSequence() }
    for step in 0..<sequence.steps {
      try advance(sequence.input(at: step, width: width))
      steps += 1
    }
  }

  private mutating func advance(_ input: [Double]) throws(GRUError) {
    let quantized = fixed.model.network
    let (raw, clipped) = quantized.rawInput(input)
    layers[0].saturations.input += clipped
    if case .vector(let raw) = raw {
      largestInputs = zip(largestInputs, raw).map { max($0, abs(Double($1))) }
    }

    let before = quantized.layers.indices.map {
      (hidden: fixed.hidden(ofLayer: $0), state: fixed.state(ofLayer: $0))
    }
    let fixedOutput = try fixed.step(raw).map { Double($0) * 0x1p-18 }
    let truth = float.step(input)

    var vector = raw
    for (index, layer) in quantized.layers.enumerated() {
      switch layer {
      case .embedding(let embedding):
        guard case .token(let token) = vector else { continue }
        let start = token * embedding.width
        vector = .vector(Array(embedding.rows[start..<start + embedding.width]))
      case .cell(let cell):
        let hidden = fixed.hidden(ofLayer: index)
        let units = fixed.units(ofLayer: index, input: vector, hidden: before[index].hidden)
        layers[index].add(units, cell, hidden: hidden, truth: truth.cells[index]!)
        layers[index].addStep(
          to: hidden.map { Double($0) * cell.stateScale },
          truth: cells[index]!.step(
            real(vector, ofLayer: index),
            hidden: before[index].state.map { Double($0) * 0x1p-8 * cell.stateScale }))
        vector = .vector(hidden)
      case .dense:
        if index < quantized.layers.count - 1 {
          vector = .vector(fixed.innerVector(ofLayer: index))
        }
      }
    }
    output.add(fixedOutput, reference: truth.output)
    outputs[outputs.count - 1].append(Output(float: truth.output, fixed: fixedOutput))
    if let last = truth.cells.last(where: { $0 != nil }), let last {
      floatHidden[floatHidden.count - 1].append(last.hidden)
    }
  }

  /// What the float cell of a layer reads.
  private func real(_ vector: RawInput, ofLayer index: Int) -> [Double] {
    switch vector {
    case .token(let token): float.firstVector([Double(token)])
    case .vector(let raw): raw.map { Double($0) * vectorScales[index] }
    }
  }
}

extension Comparison.Layer {
  fileprivate mutating func add(
    _ units: [UnitGates], _ cell: QuantizedCell, hidden: [Int16], truth: FloatCell.Step
  ) {
    let scale = cell.stateScale
    self.hidden.add(hidden.lazy.map { Double($0) * scale }, reference: truth.hidden)
    gates.reset.add(
      units.lazy.map { Double($0.reset.raw) * 0x1p-16 }, reference: truth.gates.reset)
    gates.update.add(
      units.lazy.map { Double($0.update.raw) * 0x1p-16 }, reference: truth.gates.update)
    gates.candidate.add(
      units.lazy.map { Double($0.candidate.raw) * 0x1p-8 * scale },
      reference: truth.gates.candidate)
    let unit = 0x1p-18
    sums.reset.add(units.lazy.map { Double($0.resetSum.raw) * unit }, reference: truth.sums.reset)
    sums.update.add(
      units.lazy.map { Double($0.updateSum.raw) * unit }, reference: truth.sums.update)
    sums.candidate.add(
      units.lazy.map { Double($0.candidateSum.raw) * unit }, reference: truth.sums.candidate)
    time.add(hidden.map { Double($0) * scale }, reference: truth.hidden)
    saturations.add(units, cell)
    saturations.state += hidden.count { $0 == .max || $0 == .min }
  }

  fileprivate mutating func addStep(to hidden: [Double], truth: FloatCell.Step) {
    for (value, exact) in zip(hidden, truth.hidden) {
      stepError = max(stepError, abs(value - exact))
    }
  }
}

extension Comparison.Saturations {
  fileprivate mutating func add(_ units: [UnitGates], _ cell: QuantizedCell) {
    func isBeyond(_ sum: PreActivation) -> Int { sum.raw.magnitude > 16 << 18 ? 1 : 0 }
    func isEnd(_ gate: Gate) -> Int { gate.raw == 0 || gate == .one ? 1 : 0 }
    let largest =
      cell.candidate == .relu ? Candidate.largest : FixedPoint.tanh(PreActivation(raw: 16 << 18))
    for unit in units {
      preactivation.reset += isBeyond(unit.resetSum)
      preactivation.update += isBeyond(unit.updateSum)
      preactivation.candidate += isBeyond(unit.candidateSum)
      gate.reset += isEnd(unit.reset)
      gate.update += isEnd(unit.update)
      gate.candidate += unit.candidate.raw.magnitude == largest.raw.magnitude ? 1 : 0
    }
  }
}

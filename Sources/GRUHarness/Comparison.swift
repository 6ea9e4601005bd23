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
  }

  /// How often a value met the end of its range.
  public struct Saturations: Equatable, Sendable, Encodable {
    /// Inputs beyond int16; counted for the first layer.
    public var input = 0
    /// Pre-activations beyond ±16, where σ and tanh have long been constant.
    public var preactivation = 0
    /// Hidden states at an end of Q15.
    public var state = 0
  }

  /// Outputs of both models at one step.
  public struct Output {
    public var float: [Double]
    public var fixed: [Double]
  }

  public private(set) var steps = 0
  public private(set) var layers: [Layer]
  public private(set) var output = ErrorStatistics()
  /// Per sequence and step.
  public private(set) var outputs: [[Output]] = []
  /// Float hidden states of the last cell, per sequence and step.
  public private(set) var floatHidden: [[[Double]]] = []

  private let fixed: RuntimeInstance
  private var float: FloatNetwork

  /// - Parameters:
  ///   - network: the trained model; an embedding that the quantizer folded is folded here too.
  ///   - quantized: what was made of it.
  public init(
    _ network: Network, _ quantized: QuantizedNetwork, over data: Sequences
  ) throws(GRUError) {
    fixed = try RuntimeInstance(RuntimeModel(quantized))
    let isFolded = quantized.layers.count < network.layers.count
    let network = isFolded ? network.foldingEmbedding() : network
    float = FloatNetwork(network)
    layers = network.layers.map { Layer(name: $0.name) }
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

    let before = quantized.layers.indices.map { fixed.hidden(ofLayer: $0) }
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
        let units = fixed.units(ofLayer: index, input: vector, hidden: before[index])
        layers[index].add(units, cell, hidden: hidden, truth: truth.cells[index]!)
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
    for unit in units {
      for sum in [unit.resetSum, unit.updateSum, unit.candidateSum]
      where sum.raw.magnitude > 16 << 18 { saturations.preactivation += 1 }
    }
    saturations.state += hidden.count { $0 == .max || $0 == .min }
  }
}

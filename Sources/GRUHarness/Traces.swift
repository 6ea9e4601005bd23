import FloatGRU
public import GRUQuantizer
public import GRURuntime
public import ModelFiles

/// Stretches of a run, step by step: the worst units and outputs, around the steps where they are
/// worst. What is shown is known only after a comparison, so that its sequences run once more.
public struct Traces: Sendable {
  public struct Trace: Sendable {
    /// Of its layer, or of the output.
    public var unit: Int
    public var sequence: Int
    /// The first step that is shown.
    public var start: Int
    /// The step with the largest error.
    public var worst: Int
    public var rms: Double
    public fileprivate(set) var float: [Double] = []
    public fileprivate(set) var fixed: [Double] = []

    fileprivate var steps: Range<Int>
  }

  /// By cell, the worst unit first.
  public private(set) var cells: [[Trace]]
  /// The worst first.
  public private(set) var outputs: [Trace]

  /// Traces of one cell, and of the output.
  private static let count = 4
  private static let shownSteps = 120

  public init(
    _ network: Network, _ quantized: QuantizedNetwork, over data: Sequences,
    worstOf comparison: Comparison
  ) throws(GRUError) {
    func traces(_ errors: UnitErrors) -> [Trace] {
      errors.worst(Self.count).map { index in
        let unit = errors.units[index]
        let length = data.sequences[unit.sequence].steps
        let start = max(0, min(unit.step - Self.shownSteps / 2, length - Self.shownSteps))
        return Trace(
          unit: index, sequence: unit.sequence, start: start, worst: unit.step,
          rms: errors.rms(ofUnit: index), steps: start..<min(length, start + Self.shownSteps))
      }
    }
    cells = comparison.layers.map { traces($0.units) }
    outputs = traces(comparison.outputUnits)

    let network = network.folded(as: quantized)
    let model = try RuntimeModel(quantized)
    let shown = Set((cells.flatMap { $0 } + outputs).map(\.sequence)).sorted()
    let empty = self
    let runs = try concurrentMap(shown.count) { index throws(GRUError) in
      var traces = empty
      try traces.run(network, model, data, sequence: shown[index])
      return traces
    }
    for (index, sequence) in shown.enumerated() { take(sequence, from: runs[index]) }
  }

  /// Runs a sequence as far as it is shown.
  private mutating func run(
    _ network: Network, _ model: RuntimeModel, _ data: Sequences, sequence index: Int
  ) throws(GRUError) {
    let quantized = model.network
    let places = quantized.layers.indices.filter { quantized.layers[$0].cell != nil }
    let fixed = try RuntimeInstance(model)
    var float = FloatNetwork(network)
    let end =
      (cells.flatMap { $0 } + outputs).filter { $0.sequence == index }
      .map(\.steps.upperBound).max() ?? 0
    for step in 0..<end {
      let input = data.sequences[index].input(at: step, width: data.width)
      let output = try fixed.step(quantized.rawInput(input).raw)
      let truth = float.step(input)
      for (cell, place) in places.enumerated() {
        let scale = quantized.layers[place].cell!.stateScale
        let hidden = fixed.hidden(ofLayer: place)
        for trace in cells[cell].indices {
          cells[cell][trace].record(index, step, float: truth.cells[place]!.hidden) {
            Double(hidden[$0]) * scale
          }
        }
      }
      for trace in outputs.indices {
        outputs[trace].record(index, step, float: truth.output) { Double(output[$0]) * 0x1p-18 }
      }
    }
  }

  private mutating func take(_ sequence: Int, from other: Traces) {
    for cell in cells.indices {
      for trace in cells[cell].indices where cells[cell][trace].sequence == sequence {
        cells[cell][trace] = other.cells[cell][trace]
      }
    }
    for trace in outputs.indices where outputs[trace].sequence == sequence {
      outputs[trace] = other.outputs[trace]
    }
  }
}

extension Traces.Trace {
  fileprivate mutating func record(
    _ sequence: Int, _ step: Int, float: [Double], fixed: (Int) -> Double
  ) {
    guard sequence == self.sequence, steps.contains(step) else { return }
    self.float.append(float[unit])
    self.fixed.append(fixed(unit))
  }
}

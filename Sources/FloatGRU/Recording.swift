public import ModelFiles

/// A float run over sequences, kept: what every layer read and passed on, step after step.
public struct Recording: Sendable {
  /// One row for each step.
  public struct Table: Sendable {
    public let width: Int
    public private(set) var values: [Float] = []

    init(width: Int, steps: Int) {
      self.width = width
      values.reserveCapacity(width * steps)
    }

    mutating func append(_ row: [Double]) { values += row.lazy.map { Float($0) } }

    public func row(_ step: Int) -> ArraySlice<Float> {
      values[step * width..<(step + 1) * width]
    }
  }

  /// Whether a sequence, and with it the initial state, starts at a step.
  public private(set) var isStart: [Bool] = []
  /// What the first layer reads, then what each layer passes on; the first is without columns for
  /// tokens.
  public private(set) var vectors: [Table]

  public var steps: Int { isStart.count }

  /// - Parameter watch: is told at each step what each cell computes, and its state before that.
  public init(
    of network: Network, over data: Sequences,
    watch: (_ layer: Int, _ before: [Double], _ step: FloatCell.Step) -> Void = { _, _, _ in }
  ) {
    let steps = data.steps
    vectors = ([network.readsTokens ? 0 : network.inputSize] + network.layers.map(\.outputSize))
      .map { Table(width: $0, steps: steps) }
    var float = FloatNetwork(network)
    for sequence in data.sequences {
      float.reset()
      for step in 0..<sequence.steps {
        isStart.append(step == 0)
        let input = sequence.input(at: step, width: data.width)
        if vectors[0].width > 0 { vectors[0].append(float.firstVector(input)) }
        let before = float.states
        let result = float.step(input)
        for (layer, vector) in result.vectors.enumerated() { vectors[layer + 1].append(vector) }
        for (layer, cell) in result.cells.enumerated() {
          if let cell { watch(layer, before[layer], cell) }
        }
      }
    }
  }
}

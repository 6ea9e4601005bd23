public import ModelFiles

/// A float run over sequences, kept: what every layer read and computed, step after step.
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

    /// The product, element by element.
    public func times(_ other: Table) -> Table {
      var result = self
      result.values = zip(values, other.values).map(*)
      return result
    }
  }

  /// What a cell computed; each table has a column for each unit.
  public struct Cell: Sendable {
    /// h before the step.
    public var before: Table
    public var gates: Gates<Table>
    /// Un·h + cn under reset after, Un·(r ⊙ h) under reset before.
    public var recurrentCandidate: Table
  }

  /// The first step of each sequence, which starts from the initial state.
  public private(set) var starts: Set<Int> = []
  public private(set) var steps = 0
  /// What the first layer reads, then what each layer passes on; the first is without columns for
  /// tokens.
  public private(set) var vectors: [Table]
  /// One for each layer; nil where it is no cell.
  public private(set) var cells: [Cell?]

  public init(of network: Network, over data: Sequences) {
    let steps = data.steps
    func table(_ width: Int) -> Table { Table(width: width, steps: steps) }
    vectors =
      [table(network.readsTokens ? 0 : network.inputSize)]
      + network.layers.map { table($0.outputSize) }
    cells = network.layers.map { layer in
      guard case .gru(let gru) = layer else { return nil }
      let size = gru.hiddenSize
      return Cell(
        before: table(size),
        gates: Gates(reset: table(size), update: table(size), candidate: table(size)),
        recurrentCandidate: table(size))
    }
    var float = FloatNetwork(network)
    for sequence in data.sequences {
      float.reset()
      starts.insert(self.steps)
      for step in 0..<sequence.steps {
        advance(&float, sequence.input(at: step, width: data.width))
      }
    }
  }

  private mutating func advance(_ float: inout FloatNetwork, _ input: [Double]) {
    if vectors[0].width > 0 { vectors[0].append(float.firstVector(input)) }
    for (index, state) in float.states.enumerated() { cells[index]?.before.append(state) }
    let step = float.step(input)
    for (index, vector) in step.vectors.enumerated() { vectors[index + 1].append(vector) }
    for (index, cell) in step.cells.enumerated() {
      guard let cell else { continue }
      cells[index]!.gates.reset.append(cell.gates.reset)
      cells[index]!.gates.update.append(cell.gates.update)
      cells[index]!.gates.candidate.append(cell.gates.candidate)
      cells[index]!.recurrentCandidate.append(cell.recurrentCandidate)
    }
    steps += 1
  }
}

public import ModelFiles

/// A whole network in Double, stepped from a fresh state.
public struct FloatNetwork {
  public let network: Network

  /// What one step computes.
  public struct Step {
    /// One entry for each layer; nil where it is no GRU.
    public var cells: [FloatCell.Step?]
    /// What each layer passes on; the last is the network's output, logits where it ends in
    /// softmax.
    public var vectors: [[Double]]

    public var output: [Double] { vectors.last! }
    /// h of the last GRU.
    public var lastHidden: [Double] { cells.last { $0 != nil }??.hidden ?? [] }
  }

  private let cells: [FloatCell?]
  /// h of each layer before the next step; empty where the layer keeps none.
  public private(set) var states: [[Double]]

  public init(_ network: Network) {
    self.network = network
    cells = network.layers.map { layer in
      if case .gru(let layer) = layer { FloatCell(layer) } else { nil }
    }
    states = cells.map { $0?.layer.initialState ?? [] }
  }

  /// Forgets the past.
  public mutating func reset() {
    states = cells.map { $0?.layer.initialState ?? [] }
  }

  /// One time step; `input` has `network.inputSize` values, or is one token.
  public mutating func step(_ input: [Double]) -> Step {
    var vector = firstVector(input)
    var step = Step(cells: [], vectors: [])
    for (index, layer) in network.layers.enumerated() {
      switch layer {
      case .embedding(let embedding):
        vector = Array(embedding.table.row(Int(input[0])))
        step.cells.append(nil)
      case .gru:
        let cell = cells[index]!.step(vector, hidden: states[index])
        states[index] = cell.hidden
        vector = cell.hidden
        step.cells.append(cell)
      case .dense(let dense):
        let sums = zip(dense.weights(vector), dense.bias).map(+)
        vector = sums.map(dense.activation.function)
        step.cells.append(nil)
      }
      step.vectors.append(vector)
    }
    return step
  }

  /// What the first layer reads: standardised features, or a token as a one-hot vector.
  public func firstVector(_ input: [Double]) -> [Double] {
    switch network.input {
    case .vector(let standardisation): return standardisation?(input) ?? input
    case .tokens:
      if case .embedding = network.layers[0] { return input }
      var oneHot = [Double](repeating: 0, count: network.inputSize)
      oneHot[Int(input[0])] = 1
      return oneHot
    }
  }
}

public import ModelFiles

/// A whole network in Double, stepped from a fresh state.
public struct FloatNetwork {
  public let network: Network

  /// What one step computes, one entry for each layer; `cells` is nil for a dense layer.
  public struct Step {
    public var cells: [FloatCell.Step?]
    /// The last layer's result: logits where it ends in softmax.
    public var output: [Double]
  }

  private let cells: [FloatCell?]
  private var hidden: [[Double]]

  public init(_ network: Network) {
    self.network = network
    cells = network.layers.map { layer in
      if case .gru(let layer) = layer { FloatCell(layer) } else { nil }
    }
    hidden = cells.map { $0?.initialState ?? [] }
  }

  /// Forgets the past.
  public mutating func reset() {
    hidden = cells.map { $0?.initialState ?? [] }
  }

  /// One time step; `input` has `network.inputSize` values.
  public mutating func step(_ input: [Double]) -> Step {
    var vector = input
    var steps: [FloatCell.Step?] = []
    for (index, layer) in network.layers.enumerated() {
      switch layer {
      case .gru:
        let step = cells[index]!.step(vector, hidden: hidden[index])
        hidden[index] = step.hidden
        vector = step.hidden
        steps.append(step)
      case .dense(let dense):
        let sums = zip(dense.weights(vector), dense.bias).map(+)
        vector = sums.map(dense.activation.function)
        steps.append(nil)
      }
    }
    return Step(cells: steps, output: vector)
  }
}

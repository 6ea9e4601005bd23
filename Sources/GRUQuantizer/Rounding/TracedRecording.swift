public import FloatGRU
public import ModelFiles

/// A float run, and what its cells' traces are made of: all that rounding knows of the calibration.
public struct TracedRecording: Sendable {
  public let recording: Recording
  /// One for each layer; nil where it is no cell.
  let gains: [CellGains?]
  /// Those that count, from the first on.
  public private(set) var steps: Int

  public init(of network: Network, over data: Sequences) {
    steps = data.steps
    var gains = network.layers.map { [steps] layer -> CellGains? in
      guard case .gru(let gru) = layer else { return nil }
      return CellGains(gru, steps: steps)
    }
    recording = Recording(of: network, over: data) { gains[$0]!.append($1, $2) }
    self.gains = gains
  }

  /// The first of its steps, in the same memory.
  public func prefix(_ steps: Int) -> TracedRecording {
    var result = self
    result.steps = min(steps, self.steps)
    return result
  }
}

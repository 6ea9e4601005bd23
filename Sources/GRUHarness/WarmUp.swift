import FloatGRU
public import GRUQuantizer
public import GRURuntime
public import ModelFiles

/// How long a device that is reset in the middle of a stream takes to agree with the float model
/// that ran all along.
public struct WarmUp: Equatable, Sendable, Encodable {
  /// The error of a hidden state that counts as agreement.
  public var bound: Double
  /// Steps from the reset until no error exceeds the bound any more; nil where one does to the end.
  public var steps: Int?

  /// Resets the runtime in the middle of the longest sequence; nil where that has fewer than 16
  /// steps.
  public init?(
    _ network: Network, _ quantized: QuantizedNetwork, over data: Sequences, bound: Double
  ) throws(GRUError) {
    guard let sequence = data.sequences.max(by: { $0.steps < $1.steps }), sequence.steps >= 16
    else { return nil }
    let network = network.folded(as: quantized)
    self.bound = bound
    var float = FloatNetwork(network)
    let fixed = try RuntimeInstance(RuntimeModel(quantized))
    let middle = sequence.steps / 2
    var agreedSince: Int?
    for step in 0..<sequence.steps {
      let input = sequence.input(at: step, width: data.width)
      _ = float.step(input)
      guard step >= middle else { continue }
      _ = try fixed.step(quantized.rawInput(input).raw)
      var agrees = true
      for (index, truth) in float.states.enumerated() {
        guard let scale = quantized.layers[index].cell?.stateScale else { continue }
        for (raw, truth) in zip(fixed.hidden(ofLayer: index), truth)
        where abs(Double(raw) * scale - truth) > bound { agrees = false }
      }
      agreedSince = agrees ? agreedSince ?? step : nil
    }
    steps = agreedSince.map { $0 - middle }
  }
}

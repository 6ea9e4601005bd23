import GRUQuantizer
import ModelFiles

/// Rounded weights with the formats around them, measured.
struct Candidate {
  let rounded: RoundedNetwork
  let widths: Widths
  let method: Rounder.Method
  /// The first with which the sums can be proved is used.
  let inputs: [InputFormat]
  let carries: Set<Int>
  let network: QuantizedNetwork
  let trial: Trial

  init(
    _ search: Search, _ rounded: RoundedNetwork, _ widths: Widths, _ method: Rounder.Method,
    inputs: [InputFormat] = InputFormat.uniform, carries: Set<Int> = []
  ) throws {
    self.rounded = rounded
    self.widths = widths
    self.method = method
    self.inputs = inputs
    self.carries = carries
    network = try search.quantizer.integers(of: rounded, input: inputs, carries: carries)
    trial = try search.measure(network)
  }

  func with(
    _ search: Search, rounded: RoundedNetwork? = nil, inputs: [InputFormat]? = nil,
    carries: Set<Int>? = nil
  ) throws -> Candidate {
    try Candidate(
      search, rounded ?? self.rounded, widths, method, inputs: inputs ?? self.inputs,
      carries: carries ?? self.carries)
  }

  var sqnr: Double { trial.sqnr }
}

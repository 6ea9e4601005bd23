import GRUQuantizer
import ModelFiles

/// A way of rounding, and how much its G is damped.
struct Recipe: Sendable {
  var method: Rounder.Method
  var damping = Rounder.usualDamping
}

/// Rounded weights with the formats around them, measured.
struct Candidate {
  let rounded: RoundedNetwork
  let widths: Widths
  let recipe: Recipe
  /// The first with which the sums can be proved is used.
  let inputs: [InputFormat]
  let carries: Set<Int>
  let network: QuantizedNetwork
  let trial: Trial

  init(
    _ search: Search, _ rounded: RoundedNetwork, _ widths: Widths, _ recipe: Recipe,
    inputs: [InputFormat] = InputFormat.uniform, carries: Set<Int> = []
  ) throws {
    self.rounded = rounded
    self.widths = widths
    self.recipe = recipe
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
      search, rounded ?? self.rounded, widths, recipe, inputs: inputs ?? self.inputs,
      carries: carries ?? self.carries)
  }

  var sqnr: Double { trial.sqnr }
}

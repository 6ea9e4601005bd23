import FloatGRU
import ModelFiles
import TestSupport
import Testing

@testable import GRUQuantizer

@Suite("Rounding methods") struct RounderTests {
  @Test(
    "over four networks, compensated serves better than nearest, and tuned better still",
    arguments: ResetMode.allCases)
  func better(reset: ResetMode) throws {
    var products = (nearest: 1.0, compensated: 1.0, tuned: 1.0)
    for seed in 1...4 as ClosedRange<UInt64> {
      let errors = try errors(reset, seed: seed)
      products.nearest *= errors.nearest
      products.compensated *= errors.compensated
      products.tuned *= errors.tuned
    }
    #expect(products.compensated < 0.5 * products.nearest)
    #expect(products.tuned < products.compensated)
  }

  /// The float model's error with the weights that each method makes of it.
  private func errors(
    _ reset: ResetMode, seed: UInt64
  ) throws -> (nearest: Double, compensated: Double, tuned: Double) {
    var network = RandomNetworks.network(inputs: 4, hidden: [10], seed: seed)
    var layer = network[gru: 0]
    layer.reset = reset
    if reset == .before { layer.recurrentBias = Array(repeating: 0, count: 10) }
    network[gru: 0] = layer
    let data = smooth(width: 4, steps: 500, seed: seed)
    func error(_ method: Rounder.Method) -> Double {
      let rounded = Rounder(network, method, TracedRecording(of: network, over: data))
        .round(.init(all: .int8))
      return errors(network, rounded, data).reduce(0) { $0 + Double($1 * $1) }.squareRoot()
    }
    return (error(.nearest), error(.compensated), error(.tuned))
  }

  @Test("rows too long for their second moments stay at the nearest integers")
  func longRows() {
    for (inputs, isFitted) in [(1_037, true), (1_038, false)] {
      let network = RandomNetworks.network(inputs: inputs, hidden: [1], seed: 1)
      let data = RandomNetworks.inputs(width: inputs, steps: 100, seed: 2)
      let run = TracedRecording(of: network, over: data)
      func candidate(_ method: Rounder.Method) -> [Int16] {
        Rounder(network, method, run, steps: .all.subtracting([.scales, .planes]))
          .round(.init(all: .int8))[cell: 0].candidate.input!.weights
      }
      #expect((candidate(.compensated) != candidate(.nearest)) == isFitted)
    }
  }

  @Test("a dense layer's errors make up for each other in its sums")
  func dense() {
    let network = RandomNetworks.network(inputs: 4, hidden: [10], outputs: 6, seed: 3)
    let layer = network[dense: 1]
    let run = TracedRecording(of: network, over: smooth(width: 4, steps: 500, seed: 3))
    func error(_ method: Rounder.Method) -> Double {
      let rounded = Rounder(network, method, run).round(.init(all: .int8))
      guard case .dense(let weights, let bias) = rounded.layers[1] else {
        preconditionFailure("not dense")
      }
      var sum = 0.0
      for step in 0..<500 {
        let x = run.recording.vectors[1].row(step).map { Double($0) }
        let (exact, found) = (layer.weights(x), weights.values(x))
        for row in 0..<6 {
          let error = found[row] + bias[row] - exact[row] - layer.bias[row]
          sum += error * error
        }
      }
      return sum.squareRoot()
    }
    #expect(error(.compensated) < 0.5 * error(.nearest))
  }

  @Test("a round of passes takes back some of the error that is left, over four networks")
  func passes() throws {
    var ratio = 1.0
    for seed in 1...4 as ClosedRange<UInt64> {
      let network = RandomNetworks.network(inputs: 4, hidden: [10], seed: seed)
      let data = smooth(width: 4, steps: 500, seed: seed)
      let rounder = Rounder(network, .tuned, TracedRecording(of: network, over: data))
      let rounded = rounder.round(.init(all: .int8))
      let moved = GateIndex.allCases.reversed().reduce(rounded) {
        rounder.refined($0, $1, errors: [errors(network, $0, data)], share: 0.5)
      }
      func power(_ rounded: RoundedNetwork) -> Double {
        errors(network, rounded, data).reduce(0) { $0 + Double($1 * $1) }
      }
      ratio *= (power(moved) / power(rounded)).squareRoot()
    }
    #expect(ratio < 0.9)
  }

  @Test("a feature that the data never shows keeps its nearest integers, and the rest still gains")
  func silentFeature() {
    let network = RandomNetworks.network(inputs: 4, hidden: [10], seed: 5)
    let layer = network[gru: 0]
    let values = smooth(width: 4, steps: 500, seed: 5).sequences[0].values.enumerated().map {
      $0.offset % 4 == 3 ? 0 : $0.element
    }
    let data = Sequences(width: 4, sequences: [.init(values: values, steps: 500)])
    let run = TracedRecording(of: network, over: data)
    let rounder = Rounder(network, .tuned, run)
    let rounded = rounder.round(.init(all: .int8))
    let passed = GateIndex.allCases.reduce(rounded) {
      rounder.refined($0, $1, errors: [Array(repeating: 0, count: 5_000)], share: 0.5)
    }
    let nearest = Rounder(network, .nearest, run).round(.init(all: .int8))
    let plain = nearest[cell: 0]
    for network in [rounded, passed] {
      let gates = network[cell: 0]
      for gate in GateIndex.allCases {
        let matrix = gates[gate].input!
        #expect(matrix.weights != plain[gate].input!.weights)
        for unit in 0..<10 {
          let nearest = (layer.input[gate].row(unit).last! / matrix.scales[unit]).rounded()
          #expect(Double(matrix.weights[4 * unit + 3]) == max(-127, min(127, nearest)))
        }
      }
    }
  }

  /// Float state minus the state with rounded weights, steps × H.
  private func errors(
    _ network: Network, _ rounded: RoundedNetwork, _ data: Sequences
  ) -> [Float] {
    var layer = network[gru: 0]
    let gates = rounded[cell: 0]
    layer.input = gates.map { $0.input!.values }
    layer.recurrent = gates.map { $0.recurrent.values }
    layer.bias = gates.map { $0.bias }
    if layer.reset == .after { layer.recurrentBias = gates.candidate.recurrentBias }
    var (float, other) = (FloatNetwork(network), FloatNetwork(Network(layers: [.gru(layer)])))
    return (0..<data.steps).flatMap { step in
      let input = data.sequences[0].input(at: step, width: network.inputSize)
      return zip(float.step(input).output, other.step(input).output).map { Float($0 - $1) }
    }
  }

  /// Features that follow each other, as measured ones do.
  private func smooth(width: Int, steps: Int, seed: UInt64) -> Sequences {
    var generator = SeededGenerator(seed: seed)
    var (values, state) = ([Double](), [Double](repeating: 0, count: width))
    for _ in 0..<steps {
      let common = Double.random(in: -1...1, using: &generator)
      state = state.map { 0.9 * $0 + 0.3 * common + .random(in: -0.2...0.2, using: &generator) }
      values += state
    }
    return Sequences(width: width, sequences: [.init(values: values, steps: steps)])
  }
}

extension RoundedNetwork {
  fileprivate subscript(cell index: Int) -> Gates<RoundedGate> {
    guard case .cell(let gates) = layers[index] else { preconditionFailure("no cell") }
    return gates
  }
}

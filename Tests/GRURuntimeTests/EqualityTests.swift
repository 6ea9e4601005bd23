import GRUHarness
import GRUQuantizer
import ModelFiles
import TestSupport
import Testing

/// A quantized random network.
func quantizedNetwork(
  inputs: Int, hidden: [Int], outputs: Int? = nil, widths: Widths = .init(all: .int8),
  carryBits: Int = 0, seed: UInt64, weightRange: Double = 0.7
) throws -> QuantizedNetwork {
  let network = RandomNetworks.network(
    inputs: inputs, hidden: hidden, outputs: outputs, seed: seed, weightRange: weightRange)
  var quantized = try Quantized.network(
    network, calibration: RandomNetworks.inputs(width: inputs, steps: 16, seed: seed), widths)
  for index in quantized.layers.indices {
    if case .cell(var cell) = quantized.layers[index] {
      cell.carryBits = carryBits
      quantized[cell: index] = cell
    }
  }
  return quantized
}

/// Raw inputs over the whole of int16, its ends included.
func rawInputs(_ width: Int, steps: Int, seed: UInt64) -> [[Int16]] {
  var generator = SeededGenerator(seed: seed)
  return (0..<steps).map { step in
    (0..<width).map { _ in
      switch step % 4 {
      case 0: .random(in: .min ... .max, using: &generator)
      case 1: Bool.random(using: &generator) ? .min : .max
      default: .random(in: -9_000...9_000, using: &generator)
      }
    }
  }
}

@Suite("Equality") struct EqualityTests {
  static let widths: [Widths] = [
    .init(all: .int8), .init(input: .int8, recurrent: .int16), .init(all: .int16),
  ]

  @Test(
    "the runtime equals the wide-integer reference to the bit",
    arguments: [(1, [1]), (3, [2]), (2, [5, 3]), (7, [17]), (9, [7, 1, 4])], Self.widths)
  func wideReference(shape: (inputs: Int, hidden: [Int]), widths: Widths) throws {
    for (seed, carryBits) in [(UInt64(1), 0), (2, 8)] {
      for weightRange in [0.7, 6] {
        let network = try quantizedNetwork(
          inputs: shape.inputs, hidden: shape.hidden, outputs: 3, widths: widths,
          carryBits: carryBits, seed: seed, weightRange: weightRange)
        var reference = WideReference(network)
        let inputs = rawInputs(shape.inputs, steps: 300, seed: seed)
        let expected = inputs.map { reference.step(.vector($0)) }
        for layout in [WeightLayout.quads, .pairs, .wide] {
          let instance = try RuntimeInstance(RuntimeModel(network, layout: layout))
          let results = try inputs.map { try instance.step($0).map { Int128($0) } }
          #expect(
            results == expected, "\(layout), carry \(carryBits), weights ±\(weightRange)")
        }
      }
    }
  }

  @Test("a network without a dense layer returns its hidden state in Q18")
  func hiddenOutput() throws {
    let network = try quantizedNetwork(inputs: 2, hidden: [3], seed: 4)
    let instance = try RuntimeInstance(RuntimeModel(network))
    for input in rawInputs(2, steps: 20, seed: 4) {
      let output = try instance.step(input)
      #expect(output == instance.hidden.map { Int32($0) * 8 })
    }
  }

  @Test("interleaved instances don't touch each other")
  func interleaved() throws {
    let network = try quantizedNetwork(inputs: 3, hidden: [6, 4], outputs: 2, seed: 5)
    let model = try RuntimeModel(network)
    let inputs = (0..<2).map { rawInputs(3, steps: 100, seed: UInt64($0)) }
    let alone = try inputs.map { inputs in
      let instance = try RuntimeInstance(model)
      return try inputs.map { try instance.step($0) }
    }
    let (a, b) = (try RuntimeInstance(model), try RuntimeInstance(model))
    for step in 0..<100 {
      #expect(try a.step(inputs[0][step]) == alone[0][step])
      #expect(try b.step(inputs[1][step]) == alone[1][step])
    }
  }

  @Test("a reset instance equals a fresh one, and a restored state goes on where it was saved")
  func resetAndRestore() throws {
    let network = try quantizedNetwork(inputs: 3, hidden: [6], carryBits: 8, seed: 6)
    let model = try RuntimeModel(network)
    let inputs = rawInputs(3, steps: 60, seed: 6)
    let instance = try RuntimeInstance(model)
    let first = try inputs.map { try instance.step($0) }
    instance.reset()
    #expect(instance.stateBytes.allSatisfy { $0 == 0 })
    let again = try inputs.prefix(30).map { try instance.step($0) }
    let saved = instance.stateBytes
    let other = try RuntimeInstance(model)
    other.stateBytes = saved
    let rest = try inputs.suffix(30).map { try other.step($0) }
    #expect(again + rest == first)
  }
}

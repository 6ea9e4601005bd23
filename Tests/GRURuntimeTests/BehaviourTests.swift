import FloatGRU
import Foundation
import GRUHarness
import GRUQuantizer
import ModelFiles
import TestSupport
import Testing

/// What must hold for the gates, whatever the weights.
@Suite("Behaviour") struct BehaviourTests {
  /// A random cell whose gates are pinned by their biases: ±40 is far beyond the tables.
  private func pinned(reset: Double? = nil, update: Double? = nil, seed: UInt64) -> GRULayer {
    let network = RandomNetworks.network(inputs: 3, hidden: [8], seed: seed)
    var layer = network[gru: 0]
    if let reset { layer.bias.reset = Array(repeating: reset, count: 8) }
    if let update { layer.bias.update = Array(repeating: update, count: 8) }
    return layer
  }

  private func instance(_ layer: GRULayer, carryBits: Int = 0) throws -> RuntimeInstance {
    let calibration = RandomNetworks.inputs(width: layer.inputSize, steps: 16, seed: 1)
    var network = try Quantized.network(
      Network(layers: [.gru(layer)]), calibration: calibration)
    network[cell: 0].carryBits = carryBits
    return try RuntimeInstance(RuntimeModel(network))
  }

  @Test("z = 1 holds any state to the bit for 10⁶ steps", arguments: [0, 8])
  func hold(carryBits: Int) throws {
    let instance = try instance(pinned(update: 40, seed: 1), carryBits: carryBits)
    var generator = SeededGenerator(seed: 2)
    let state = instance.stateBytes.map { _ in UInt8.random(in: 0...255, using: &generator) }
    instance.stateBytes = state
    let inputs = rawInputs(3, steps: 100, seed: 3)
    for step in 0..<1_000_000 { _ = try instance.step(inputs[step % 100]) }
    #expect(instance.stateBytes == state)
  }

  @Test("z = 0 copies the candidate: nothing of the old state is left in the blend")
  func replace() throws {
    var layer = pinned(reset: -40, update: -40, seed: 2)
    layer.recurrentBias = Array(repeating: 0, count: 8)
    let (a, b) = (try instance(layer), try instance(layer))
    b.stateBytes = b.stateBytes.map { _ in 0x7F }
    for input in rawInputs(3, steps: 50, seed: 4) {
      #expect(try a.step(input) == b.step(input))
    }
  }

  @Test("r = 0 forgets the past: the candidate depends on the input alone")
  func forget() throws {
    let layer = pinned(reset: -40, update: -40, seed: 3)
    let (a, b) = (try instance(layer), try instance(layer))
    for input in rawInputs(3, steps: 10, seed: 5) { _ = try a.step(input) }
    let input: [Int16] = [100, -2_000, 30]
    #expect(try a.step(input) == b.step(input))
  }

  @Test("r = 1, z = 0 is a plain recurrent network: h ← tanh(W·x + b + U·h + c)")
  func plainNetwork() throws {
    let layer = pinned(reset: 40, update: -40, seed: 4)
    let fixed = try instance(layer)
    let scales = fixed.model.network.inputScales
    let scale = Double(scales[0])
    var h = [Double](repeating: 0, count: 8)
    var largest = 0.0
    for input in rawInputs(3, steps: 200, seed: 6) {
      _ = try fixed.step(input)
      let x = input.map { Double($0) * scale }
      let (w, u) = (layer.input.candidate(x), layer.recurrent.candidate(h))
      h = (0..<8).map {
        Foundation.tanh(w[$0] + layer.bias.candidate[$0] + u[$0] + layer.recurrentBias[$0])
      }
      for (raw, exact) in zip(fixed.hidden, h) {
        largest = max(largest, abs(Double(raw) * 0x1p-15 - exact))
      }
    }
    // Eight int8 weights in ±0.7 are off by 0.0028 at most each; the recurrence adds up a few steps.
    #expect(largest < 0.06)
  }

  @Test(
    "a constant input settles, within a few units of the float fixed point of its weights",
    arguments: [0, 8])
  func settles(carryBits: Int) throws {
    let network = try quantizedNetwork(inputs: 3, hidden: [12], carryBits: carryBits, seed: 7)
    let instance = try RuntimeInstance(RuntimeModel(network))
    let input: [Int16] = [3_000, -7_000, 500]
    for _ in 0..<5_000 { _ = try instance.step(input) }
    var (low, high) = (instance.hidden, instance.hidden)
    for _ in 0..<1_000 {
      _ = try instance.step(input)
      low = zip(low, instance.hidden).map { min($0, $1) }
      high = zip(high, instance.hidden).map { max($0, $1) }
    }
    #expect(zip(low, high).allSatisfy { $1 - $0 <= 4 })

    // The same integer weights in Double: what is left is the arithmetic's own error.
    let scales = network.inputScales
    let layer = GRULayer(dequantizing: network.cells[0], inputScale: Double(scales[0]))
    var float = FloatNetwork(Network(layers: [.gru(layer)]))
    let x = input.map { Double($0) * Double(scales[0]) }
    for _ in 0..<4_999 { _ = float.step(x) }
    for (raw, exact) in zip(instance.hidden, float.step(x).output) {
      #expect(abs(Double(raw) - 32_768 * exact) <= 8)
    }
  }

  @Test("10⁵ steps: the error doesn't grow")
  func drift() throws {
    let network = RandomNetworks.network(inputs: 2, hidden: [8], seed: 8)
    let data = RandomNetworks.inputs(width: 2, steps: 100_000, seed: 8)
    let quantized = try Quantized.network(network, calibration: data)
    let fixed = try RuntimeInstance(RuntimeModel(quantized))
    var float = FloatNetwork(network)
    var (first, last) = (ErrorStatistics(), ErrorStatistics())
    for step in 0..<data.steps {
      let x = data.sequences[0].input(at: step, width: 2)
      _ = try fixed.step(quantized.rawInput(x).raw)
      let truth = float.step(x).output
      let hidden = fixed.hidden.map { Double($0) * 0x1p-15 }
      if step < 10_000 { first.add(hidden, reference: truth) }
      if step >= 90_000 { last.add(hidden, reference: truth) }
    }
    #expect(last.rms <= 1.25 * first.rms)
  }

  @Test("any bytes are a legal state, from which the network returns to its course")
  func garbage() throws {
    let network = try quantizedNetwork(inputs: 3, hidden: [8], carryBits: 8, seed: 9)
    let model = try RuntimeModel(network)
    let (a, b) = (try RuntimeInstance(model), try RuntimeInstance(model))
    var generator = SeededGenerator(seed: 9)
    b.stateBytes = b.stateBytes.map { _ in .random(in: 0...255, using: &generator) }
    for input in rawInputs(3, steps: 400, seed: 10) {
      _ = try a.step(input)
      _ = try b.step(input)
    }
    let difference = zip(a.hidden, b.hidden).map { abs(Int($0) - Int($1)) }.max()!
    #expect(difference <= 4)
  }
}

extension GRULayer {
  /// A reset-after tanh layer with the weights that a quantized cell's integers stand for.
  init(dequantizing cell: QuantizedCell, inputScale: Double) {
    let s = cell.preActivationShift
    func real(_ matrix: QuantizedMatrix) -> RealMatrix {
      // sum · multiplier · 2⁻³² is in Q(18 − s), with the vector's scale in the multiplier.
      let values = matrix.weights.indices.map { index in
        Double(matrix.weights[index]) * Double(matrix.multipliers[index / matrix.columns])
          * exp2(Double(s - 50 - matrix.shift))
      }
      return RealMatrix(rows: matrix.rows, columns: matrix.columns, values: values)
    }
    func real(_ matrix: QuantizedMatrix, per scale: Double) -> RealMatrix {
      var result = real(matrix)
      result.values = result.values.map { $0 / scale }
      return result
    }
    func real(_ bias: [Int32]) -> [Double] { bias.map { Double($0) * exp2(Double(s - 18)) } }
    self.init(
      name: "dequantized", reset: .after, candidate: .tanh,
      input: cell.input.map { real($0, per: inputScale) },
      recurrent: cell.recurrent.map { real($0, per: 0x1p-15) },
      bias: cell.bias.map { real($0) }, recurrentBias: real(cell.recurrentBias!))
  }
}

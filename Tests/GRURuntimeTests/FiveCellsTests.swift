import FixedPoint
import FloatGRU
import Foundation
import GRUHarness
import GRUQuantizer
import GRURuntime
import ModelFiles
import TestSupport
import Testing

/// The five forms in which texts write the GRU, each read, quantized and stepped, with what its
/// text says of it.
@Suite("Five cells") struct FiveCellsTests {
  /// A layer from raw tensors in PyTorch's names, read as `reset` and `update` say.
  private func layer(
    reset: ResetMode, update: UpdateMode = .keeps, biases: Bool = true,
    _ change: (inout SafetensorsBuilder) -> Void = { _ in }
  ) throws -> GRULayer {
    var builder = SafetensorsBuilder.gru(inputs: 2, hidden: 4)
    if !biases {
      builder.remove("gru.bias_ih_l0")
      builder.remove("gru.bias_hh_l0")
    }
    change(&builder)
    let file = try TensorFile(InputFile(name: "cell", bytes: builder.data))
    let network = try Network(
      file,
      description: NetworkDescription(
        layers: [.gru(.init(tensors: "gru", reset: reset, update: update))]))
    return network[gru: 0]
  }

  private func instance(_ layer: GRULayer) throws -> RuntimeInstance {
    let calibration = RandomNetworks.inputs(width: layer.inputSize, steps: 64, seed: 1)
    return try RuntimeInstance(
      RuntimeModel(
        Quantized.network(
          Network(layers: [.gru(layer)]), calibration: calibration, .init(all: .int16))))
  }

  /// Steps both and returns the largest difference of the hidden states.
  private func difference(_ layer: GRULayer, _ float: (_ x: [Double], _ h: [Double]) -> [Double])
    throws -> Double
  {
    let fixed = try instance(layer)
    let data = RandomNetworks.inputs(width: 2, steps: 60, seed: 2).sequences[0]
    var (h, largest) = ([Double](repeating: 0, count: 4), 0.0)
    for step in 0..<60 {
      let x = data.input(at: step, width: 2)
      h = float(x, h)
      _ = try fixed.step(fixed.model.network.rawInput(x).raw)
      for (raw, exact) in zip(fixed.hidden, h) {
        largest = max(largest, abs(Double(raw) * 0x1p-15 - exact))
      }
    }
    return largest
  }

  /// What int16 weights and a Q15 state leave after 60 steps, with room.
  private static let tolerance = 2e-3

  private func set(_ builder: inout SafetensorsBuilder, gate: Int, to value: Float) {
    builder.tensors = builder.tensors.map { tensor in
      var values = tensor.values
      let block = values.count / 3
      for index in gate * block..<(gate + 1) * block { values[index] = value }
      return (tensor.name, tensor.shape, values)
    }
  }

  @Test("A, two gates and one bias, reset before, z updates: r's weights at zero leave r = ½")
  func questionAndAnswer() throws {
    let layer = try layer(reset: .before, update: .updates) { set(&$0, gate: 0, to: 0) }
    #expect(
      FloatCell(layer).step([1, -1], hidden: [0.5, 0, 0, 0]).gates.reset == [0.5, 0.5, 0.5, 0.5])
    // The simpler cell: ĥ = tanh(W·x + U·(h/2) + b), h ← z·ĥ + (1 − z)·h.
    let simpler = try difference(layer) { x, h in
      let n = zip(layer.input.candidate(x), layer.recurrent.candidate(h.map { $0 / 2 }))
        .enumerated().map { Foundation.tanh($1.0 + $1.1 + layer.bias.candidate[$0]) }
      let keep = zip(layer.input.update(x), layer.recurrent.update(h)).enumerated()
        .map { FloatGRU.sigmoid($1.0 + $1.1 + layer.bias.update[$0]) }
      return h.indices.map { (1 - keep[$0]) * n[$0] + keep[$0] * h[$0] }
    }
    #expect(simpler < Self.tolerance)
  }

  @Test("A without a recurrent candidate and with a constant gate is exponential smoothing of tanh")
  func smoothing() throws {
    let layer = try layer(reset: .before, update: .updates) { builder in
      set(&builder, gate: 1, to: 0)
      builder.tensors = builder.tensors.map { tensor in
        var values = tensor.values
        if tensor.name == "gru.weight_hh_l0" { for index in 32..<48 { values[index] = 0 } }
        return (tensor.name, tensor.shape, values)
      }
    }
    let smooth = try difference(layer) { x, h in
      let n = layer.input.candidate(x).enumerated().map {
        Foundation.tanh($1 + layer.bias.candidate[$0])
      }
      return h.indices.map { 0.5 * n[$0] + 0.5 * h[$0] }
    }
    #expect(smooth < Self.tolerance)
  }

  @Test("B, a convex combination: a new state lies between the old one and the candidate")
  func convex() throws {
    let fixed = try instance(layer(reset: .after))
    var generator = SeededGenerator(seed: 3)
    for input in rawInputs(2, steps: 400, seed: 4) {
      fixed.stateBytes = fixed.stateBytes.map { _ in .random(in: 0...255, using: &generator) }
      let before = fixed.hidden
      let units = fixed.units(ofLayer: 0, input: .vector(input), hidden: before)
      _ = try fixed.step(input)
      for (unit, after) in fixed.hidden.enumerated() {
        let candidate = Double(units[unit].candidate.raw) / 256
        let (low, high) = (
          min(Double(before[unit]), candidate), max(Double(before[unit]), candidate)
        )
        #expect((low - 0.5...high + 0.5).contains(Double(after)))
      }
    }
  }

  @Test(
    "B: an update gate near 1 keeps the old state; a GRU has three quarters of an LSTM's weights")
  func keeps() throws {
    let layer = try layer(reset: .after) { builder in
      set(&builder, gate: 1, to: 0)
      builder.tensors = builder.tensors.map { tensor in
        guard tensor.name == "gru.bias_ih_l0" else { return tensor }
        return (
          tensor.name, tensor.shape,
          tensor.values.enumerated().map { (4..<8).contains($0) ? 5 : $1 }
        )
      }
    }
    let fixed = try instance(layer)
    fixed.stateBytes = [0, 64, 0, 192, 0, 32, 0, 0]  // ½, −½, ¼, 0
    let before = fixed.hidden
    _ = try fixed.step([3_000, -3_000])
    // z = σ(5) = 0.9933: at most 0.0067 of the way to a candidate at most 1.5 away.
    for (old, new) in zip(before, fixed.hidden) { #expect(abs(Int(old) - Int(new)) < 330) }
    let network = fixed.model.network
    let weights = network.cells[0].input.inOrder + network.cells[0].recurrent.inOrder
    let count = weights.reduce(0) { $0 + $1.weights.count }
    let ofLSTM = 4 * 4 * (2 + 4)
    #expect(4 * count == 3 * ofLSTM)
  }

  @Test("C, two biases, reset after: z = 0 copies 0.19 → −0.12, 0.94 keeps 0.84 → 0.82, ½ halves")
  func blends() {
    func blended(_ h: Double, _ n: Double, _ z: Double) -> Double {
      let state = HiddenState(Q15(raw: Int16((h * 32_768).rounded())), carry: 0)
      let candidate = Candidate(raw: Int32((n * 32_768).rounded()) << 8)
      let next = blend(state, toward: candidate, keeping: Gate(raw: Int32((z * 65_536).rounded())))
      return Double(next.hidden.raw) / 32_768
    }
    #expect(blended(0.19, -0.12, 0) == (-0.12 * 32_768).rounded() / 32_768)
    #expect(abs(blended(0.84, 0.5067, 0.94) - 0.82) < 0x1p-14)
    #expect(abs(blended(0.5, -0.25, 0.5) - 0.125) < 0x1p-15)
    #expect(blended(0.77, -0.3, 1) == (0.77 * 32_768).rounded() / 32_768)
  }

  @Test("C: two biases of a gate add up; the candidate's recurrent one stays inside the product")
  func twoBiases() throws {
    let two = try layer(reset: .after)
    let moved = try layer(reset: .after) { builder in
      // Moves all of b_hr and b_hz into b_ir and b_iz.
      let hh = builder.tensors.first { $0.name == "gru.bias_hh_l0" }!.values
      builder.tensors = builder.tensors.map { tensor in
        switch tensor.name {
        case "gru.bias_ih_l0":
          (
            tensor.name, tensor.shape,
            zip(tensor.values, hh).enumerated().map { $0 < 8 ? $1.0 + $1.1 : $1.0 }
          )
        case "gru.bias_hh_l0":
          (tensor.name, tensor.shape, hh.enumerated().map { $0 < 8 ? 0 : $1 })
        default: tensor
        }
      }
    }
    #expect(two.recurrentBias == moved.recurrentBias)
    for (a, b) in zip(two.bias.reset + two.bias.update, moved.bias.reset + moved.bias.update) {
      #expect(abs(a - b) < 1e-7)
    }
  }

  @Test("D, bias inside the product: r = 1 and z = 0 make a plain recurrent network")
  func plainNetwork() throws {
    var layer = try layer(reset: .after)
    layer.bias.reset = Array(repeating: 40, count: 4)
    layer.bias.update = Array(repeating: -40, count: 4)
    let plain = try difference(layer) { x, h in
      let (w, u) = (layer.input.candidate(x), layer.recurrent.candidate(h))
      return h.indices.map {
        Foundation.tanh(w[$0] + layer.bias.candidate[$0] + u[$0] + layer.recurrentBias[$0])
      }
    }
    #expect(plain < Self.tolerance)
  }

  @Test("D: with all z = 1 the state is exactly the old one, after 10,000 steps of any input")
  func holds() throws {
    var layer = try layer(reset: .after)
    layer.bias.update = Array(repeating: 40, count: 4)
    let fixed = try instance(layer)
    fixed.stateBytes = [1, 2, 3, 4, 5, 6, 7, 200]
    for input in rawInputs(2, steps: 10_000, seed: 5) { _ = try fixed.step(input) }
    #expect(fixed.stateBytes == [1, 2, 3, 4, 5, 6, 7, 200])
  }

  @Test("E, no biases: at zero input and state both gates are ½, and nothing moves")
  func noBiases() throws {
    let layer = try layer(reset: .after, biases: false)
    let fixed = try instance(layer)
    let units = fixed.units(ofLayer: 0, input: .vector([0, 0]), hidden: [0, 0, 0, 0])
    #expect(units.allSatisfy { $0.reset.raw == 32_768 && $0.update.raw == 32_768 })
    _ = try fixed.step([0, 0])
    #expect(fixed.hidden == [0, 0, 0, 0])
    #expect(fixed.model.network.cells[0].recurrentBias == nil)
  }
}

import FloatGRU
import Foundation
import ModelFiles
import TestSupport
import Testing

/// The reference against hidden states and outputs that others computed in float64 from the same
/// weights and stored in float32.
@Suite("Golden trajectories") struct GoldenTests {
  /// float32 of a value below 16 is off by at most 5·10⁻⁷; the rest is left to summation order.
  static let tolerance = 1e-5

  @Test("japanese_vowels: hidden states and outputs agree to 10⁻⁵")
  func japaneseVowels() throws {
    try compare(Folders.japaneseVowels, lengths: true)
  }

  @Test("activity: hidden states and outputs at every step agree to 10⁻⁵")
  func activity() throws { try compare(Folders.activity, lengths: false) }

  @Test(
    "centaur_gru8: hidden states and outputs agree to 10⁻⁵",
    .enabled(if: Folders.sharedModel("centaur_gru8") != nil, "the shared models are absent"))
  func centaur() throws {
    try compare(try #require(Folders.sharedModel("centaur_gru8")), lengths: false)
  }

  private func compare(_ folder: URL, lengths: Bool) throws {
    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
    let network = try Network(model: path("model.safetensors"))
    let inputs = try Sequences(
      path: path("inputs.npy"), lengths: lengths ? path("lengths.npy") : nil)
    let hidden = try NPY(path: path("hidden.npy"))
    let outputs = try NPY(path: path("outputs.npy"))
    var float = FloatNetwork(network)
    var (hiddenError, outputError) = (0.0, 0.0)
    for (index, sequence) in inputs.sequences.enumerated() {
      float.reset()
      for step in 0..<sequence.steps {
        let result = float.step(sequence.input(at: step, width: inputs.width))
        if index < hidden.shape[0] {
          let state = result.cells[0]!.hidden
          let golden = (index * hidden.shape[1] + step) * state.count
          hiddenError = state.indices.reduce(hiddenError) {
            max($0, abs(state[$1] - hidden.values[golden + $1]))
          }
        }
        let isLast = step == sequence.steps - 1
        if outputs.shape.count == 3 || isLast {
          let row = outputs.shape.count == 3 ? index * outputs.shape[1] + step : index
          outputError = result.output.indices.reduce(outputError) {
            max($0, abs(result.output[$1] - outputs.values[row * result.output.count + $1]))
          }
        }
      }
    }
    #expect(hiddenError < Self.tolerance)
    #expect(outputError < Self.tolerance)
  }
}

@Suite("Float cell") struct FloatCellTests {
  /// The equations with one loop for each sum, sharing nothing with the implementation.
  private func derivation(_ g: GRULayer, _ x: [Double], _ h: [Double]) -> [Double] {
    func dot(_ m: RealMatrix, _ i: Int, _ v: [Double]) -> Double {
      var sum = 0.0
      for j in 0..<v.count { sum += m.values[i * v.count + j] * v[j] }
      return sum
    }
    let size = h.count
    var r = [Double](repeating: 0, count: size)
    for i in 0..<size {
      let a = dot(g.input.reset, i, x) + dot(g.recurrent.reset, i, h) + g.bias.reset[i]
      r[i] = 0.5 + 0.5 * Foundation.tanh(a / 2)
    }
    var next = h
    for i in 0..<size {
      let a = dot(g.input.update, i, x) + dot(g.recurrent.update, i, h) + g.bias.update[i]
      let z = 0.5 + 0.5 * Foundation.tanh(a / 2)
      var s = dot(g.input.candidate, i, x) + g.bias.candidate[i]
      if g.reset == .after {
        s += r[i] * (dot(g.recurrent.candidate, i, h) + g.recurrentBias[i])
      } else {
        var gated = h
        for j in 0..<size { gated[j] = r[j] * h[j] }
        s += dot(g.recurrent.candidate, i, gated)
      }
      let n = g.candidate == .relu ? (s > 0 ? s : 0) : Foundation.tanh(s)
      next[i] = n + z * (h[i] - n)
    }
    return next
  }

  @Test(
    "a step equals the equations written out in loops",
    arguments: [ResetMode.after, .before], [Activation.tanh, .relu])
  func step(reset: ResetMode, candidate: Activation) throws {
    let network = RandomNetworks.network(inputs: 4, hidden: [7], seed: 3)
    var layer = network[gru: 0]
    layer.reset = reset
    layer.candidate = candidate
    let cell = FloatCell(layer)
    var (h, expected) = (layer.initialState, layer.initialState)
    let inputs = RandomNetworks.inputs(width: 4, steps: 50, seed: 3).sequences[0].values
    for step in 0..<50 {
      let x = Array(inputs[4 * step..<4 * step + 4])
      h = cell.step(x, hidden: h).hidden
      expected = derivation(layer, x, expected)
      for (a, b) in zip(h, expected) { #expect(abs(a - b) < 1e-12) }
    }
  }
}

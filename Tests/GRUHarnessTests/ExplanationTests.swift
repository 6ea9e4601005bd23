import FloatGRU
import GRUQuantizer
import ModelFiles
import TestSupport
import Testing

@testable import GRUHarness

@Suite("Explanation") struct ExplanationTests {
  @Test("over time: first and last tenth, drift and the worst step, from known errors")
  func overTime() throws {
    var time = ErrorOverTime()
    for sequence in 0..<2 {
      time.startSequence()
      for step in 0..<20 {
        let error = Double(step + 1) * (sequence == 0 ? 0.5 : 1)
        time.add([1, 2 - error], reference: [1, 2])
      }
    }
    // Two units, one of them exact: first steps 0.5, 1 and 1, 2.
    #expect(abs(time.first - ((0.25 + 1 + 1 + 4) / 8.0).squareRoot()) < 1e-12)
    #expect(abs(time.last - ((90.25 + 100 + 361 + 400) / 8.0).squareRoot()) < 1e-12)
    func power(_ steps: ClosedRange<Int>) -> Double {
      steps.reduce(0) { $0 + Double($1 * $1) }
    }
    #expect(abs(try #require(time.drift) - (power(17...20) / power(5...8)).squareRoot()) < 1e-12)
    #expect(time.worst == .init(sequence: 1, step: 19, unit: 1, float: 2, fixed: -18))
  }

  @Test("ablation: a part that was made exact costs nothing, a part that was spoiled leads")
  func ablation() throws {
    let network = RandomNetworks.network(inputs: 3, hidden: [6], outputs: 2, seed: 1)
    let data = RandomNetworks.inputs(width: 3, steps: 200, seed: 2)
    var quantized = try Quantized.network(
      network, calibration: data, .init(input: .int16, recurrent: .int8), by: .nearest)
    func parts() throws -> [Ablation.Entry] {
      try #require(try Ablation(network, quantized, over: data)).entries
    }
    let honest = try parts()
    #expect(honest.count == 5)
    #expect(honest.first { $0.sqnr != nil }?.part == "weights of U")
    func sqnr(_ part: String, _ entries: [Ablation.Entry]) -> Double {
      entries.first { $0.part == part }?.sqnr ?? .infinity
    }
    #expect(sqnr("weights of W", honest) > sqnr("weights of U", honest) + 20)
    guard case .cell(var cell) = quantized.layers[0] else { return }
    cell.bias.candidate[2] += 1 << 16
    quantized.layers[0] = .cell(cell)
    let spoiled = try parts()
    #expect(spoiled[0].part == "biases")
    #expect(abs(sqnr("weights of U", spoiled) - sqnr("weights of U", honest)) < 1e-9)
  }

  @Test("warm-up: a unit that forgets soon agrees soon, one that never forgets does not")
  func warmUp() throws {
    for (bias, soon) in [(-4.0, true), (12.0, false)] {
      var network = RandomNetworks.network(inputs: 2, hidden: [3], seed: 3)
      guard case .gru(var layer) = network.layers[0] else { return }
      layer.bias.update = Array(repeating: bias, count: 3)
      layer.initialState = soon ? [0, 0, 0] : [0.9, -0.9, 0.9]
      network.layers[0] = .gru(layer)
      let data = RandomNetworks.inputs(width: 2, steps: 400, seed: 4)
      let quantized = try Quantized.network(
        network, calibration: data, .init(all: .int16), by: .nearest)
      var warmUp = try #require(try WarmUp(network, quantized, over: data, bound: 0.001))
      if soon { #expect(try #require(warmUp.steps) < 20) }
      warmUp = try #require(try WarmUp(network, quantized, over: data, bound: 1e-9))
      #expect(warmUp.steps == nil)
    }
    let short = RandomNetworks.inputs(width: 2, steps: 15, seed: 4)
    let network = RandomNetworks.network(inputs: 2, hidden: [3], seed: 3)
    let quantized = try Quantized.network(network, calibration: short)
    #expect(try WarmUp(network, quantized, over: short, bound: 1) == nil)
  }

  @Test(
    "no step from any state and input is off by more than the bound", arguments: ResetMode.allCases)
  func stepBound(reset: ResetMode) throws {
    var network = RandomNetworks.network(inputs: 3, hidden: [8], seed: 6)
    guard case .gru(var layer) = network.layers[0] else { return }
    layer.reset = reset
    if reset == .before { layer.recurrentBias = Array(repeating: 0, count: 8) }
    network.layers[0] = .gru(layer)
    let calibration = RandomNetworks.inputs(width: 3, steps: 100, seed: 7, range: 0.3)
    for format in WeightFormat.allCases {
      let quantized = try Quantized.network(
        network, calibration: calibration, .init(all: format), by: .nearest)
      let bound = try #require(StepBound.bounds(network, quantized)[0])
      #expect(bound < (format == .int8 ? 0.5 : 0.01))
      let fixed = try RuntimeInstance(RuntimeModel(quantized))
      let scale = try #require(network.columnScales(of: quantized))
      var generator = SeededGenerator(seed: 8)
      var worst = 0.0
      for step in 0..<4_000 {
        // Every third step at the ends of the range.
        func raw(_ count: Int) -> [Int16] {
          (0..<count).map { _ in
            step % 3 == 0
              ? (Bool.random(using: &generator) ? .max : .min)
              : .random(in: .min ... .max, using: &generator)
          }
        }
        let (x, h) = (raw(3), raw(8))
        fixed.stateBytes = h.flatMap {
          [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)]
        }
        _ = try fixed.step(x)
        let truth = FloatCell(layer).step(
          zip(x, scale).map { Double($0) * $1 }, hidden: h.map { Double($0) * 0x1p-15 })
        for (found, exact) in zip(fixed.hidden, truth.hidden) {
          worst = max(worst, abs(Double(found) * 0x1p-15 - exact))
        }
      }
      #expect(worst <= bound)
      #expect(worst > bound / 20)
    }
  }
}

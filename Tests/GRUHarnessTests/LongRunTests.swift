import FloatGRU
import Foundation
import GRUHarness
import GRUQuantizer
import GRUSearch
import ModelFiles
import TestSupport
import Testing

/// A reset-before ReLU cell in tuned int8, run from the header that was written for it.
@Suite("Long runs of a tuned header") struct LongRunTests {
  /// Contracting, so that its states stay in bounds.
  private static let network: Network = {
    var network = RandomNetworks.network(inputs: 3, hidden: [12], seed: 8, weightRange: 0.35)
    var layer = network[gru: 0]
    layer.reset = .before
    layer.candidate = .relu
    layer.recurrentBias = Array(repeating: 0, count: 12)
    network[gru: 0] = layer
    return network
  }()

  private func header(carry: Bool) throws -> QuantizedNetwork {
    let calibration = RandomNetworks.inputs(width: 3, steps: 2_000, seed: 1)
    let quantizer = try Quantizer(Self.network, calibration: calibration, name: "long")
    let result = try Search(quantizer, calibration: calibration, options: .init(carry: carry))
      .best(.init(all: .int8))
    #expect(result.rounding == .tuned)
    let text = HeaderRoundTripTests.header(result.network)
    let header = try QuantizedNetwork(
      header: InputFile(name: "long_model.h", bytes: Data(text.utf8)))
    #expect(header.cells[0].carryBits == (carry ? 8 : 0))
    return header
  }

  @Test("10⁵ steps: the error doesn't grow", arguments: [false, true])
  func drift(carry: Bool) throws {
    let header = try header(carry: carry)
    let data = RandomNetworks.inputs(width: 3, steps: 100_000, seed: 2)
    let fixed = try RuntimeInstance(RuntimeModel(header))
    var float = FloatNetwork(Self.network)
    var (first, last) = (ErrorStatistics(), ErrorStatistics())
    for step in 0..<data.steps {
      let x = data.sequences[0].input(at: step, width: 3)
      _ = try fixed.step(header.rawInput(x).raw)
      let truth = float.step(x).output
      let hidden = fixed.hidden.map { Double($0) * header.cells[0].stateScale }
      if step < 10_000 { first.add(hidden, reference: truth) }
      if step >= 90_000 { last.add(hidden, reference: truth) }
    }
    #expect(try #require(first.sqnr) > 50)
    #expect(last.rms <= 1.25 * first.rms)
  }

  @Test(
    "a constant input settles, as near to the float model's end as int8 weights are",
    arguments: [false, true])
  func settles(carry: Bool) throws {
    let header = try header(carry: carry)
    let fixed = try RuntimeInstance(RuntimeModel(header))
    var float = FloatNetwork(Self.network)
    let x = [0.7, -1.3, 1.1]
    let raw = header.rawInput(x).raw
    var truth: [Double] = []
    for _ in 0..<5_000 {
      _ = try fixed.step(raw)
      truth = float.step(x).output
    }
    var (low, high) = (fixed.hidden, fixed.hidden)
    for _ in 0..<1_000 {
      _ = try fixed.step(raw)
      low = zip(low, fixed.hidden).map { min($0, $1) }
      high = zip(high, fixed.hidden).map { max($0, $1) }
    }
    // Without a carry a state stops where a step would move it by less than half a unit.
    #expect(zip(low, high).allSatisfy { $1 - $0 <= 1 })
    for (raw, truth) in zip(fixed.hidden, truth) {
      #expect(abs(Double(raw) * header.cells[0].stateScale - truth) < 0.01)
    }
  }
}

import FloatGRU
import Foundation
import GRUHarness
import GRUQuantizer
import ModelFiles
import TestSupport
import Testing

/// Raw sensor counts, means and deviations: what folds into weights and biases.
@Suite("Input units") struct InputUnitsTests {
  /// Features of unequal range: around 20 ± 5, −3 ± 0.01 and 0 ± 800.
  private let mean = [20.0, -3, 0], deviation = [5.0, 0.01, 800]

  private func data(seed: UInt64) -> Sequences {
    let unit = RandomNetworks.inputs(width: 3, steps: 300, seed: seed).sequences[0].values
    let values = unit.indices.map { mean[$0 % 3] + deviation[$0 % 3] * unit[$0] }
    return Sequences(width: 3, sequences: [.init(values: values, steps: 300)])
  }

  private var network: Network {
    var network = RandomNetworks.network(inputs: 3, hidden: [6], outputs: 2, seed: 1)
    network.input = .vector(Standardisation(mean: mean, deviation: deviation))
    return network
  }

  private func sqnr(_ units: InputUnits? = nil) throws -> (Double, QuantizedNetwork) {
    let quantized = try Quantized.network(network, calibration: data(seed: 2), inputUnits: units)
    let comparison = try Comparison(network, quantized, over: data(seed: 3))
    #expect(comparison.layers[0].saturations.input == 0)
    return (comparison.layers[0].hidden.sqnr!, quantized)
  }

  @Test("mean and deviation go into each feature's scale and offset, at no cost in accuracy")
  func standardised() throws {
    let (folded, quantized) = try sqnr()
    let scales = quantized.inputScales
    #expect(quantized.input == .vector(scales: scales, offsets: [20, -3, 0]))
    #expect(abs(scales[2] / scales[1] - 80_000) < 1)

    // The same network on standardised data.
    var plain = network
    plain.input = .vector(nil)
    func unit(_ seed: UInt64) -> Sequences {
      RandomNetworks.inputs(width: 3, steps: 300, seed: seed)
    }
    let reference = try Quantized.network(plain, calibration: unit(2))
    let comparison = try Comparison(plain, reference, over: unit(3))
    #expect(abs(comparison.layers[0].hidden.sqnr! - folded) < 0.5)
  }

  @Test("the user's units: the firmware feeds counts, and the header says which")
  func counts() throws {
    // A 12-bit temperature from 0 °C, a 16-bit pressure around −3, raw counts of an accelerometer.
    let units = InputUnits(scale: [0.01, 0.000_002, 1], offset: [0, -3, 0])
    let (folded, quantized) = try sqnr(units)
    #expect(folded > 45)
    #expect(quantized.rawInput([20, -3, -700]).raw == .vector([2_000, 0, -700]))
    let cell = quantized[cell: 0]
    #expect(cell.input.reset.format == .int16 && cell.recurrent.reset.format == .int8)

    let text = HeaderRoundTripTests.header(quantized)
    #expect(text.contains("static const float t_input_scales[3]"))
    let read = try QuantizedNetwork(header: InputFile(name: "t_model.h", bytes: .init(text.utf8)))
    #expect(read == quantized)
  }

  @Test("one scale and one offset for all features")
  func common() throws {
    var plain = network
    plain.input = .vector(nil)
    let units = InputUnits(scale: [0.001], offset: [0.5])
    let calibration = RandomNetworks.inputs(width: 3, steps: 200, seed: 2)
    let quantized = try Quantized.network(plain, calibration: calibration, inputUnits: units)
    #expect(quantized.input == .vector(scales: [0.001], offsets: [0.5, 0.5, 0.5]))
    #expect(quantized.rawInput([0.5, 1.5, -0.5]).raw == .vector([0, 1_000, -1_000]))
    let comparison = try Comparison(plain, quantized, over: calibration)
    #expect(comparison.layers[0].hidden.sqnr! > 45)
    let read = try QuantizedNetwork(
      header: InputFile(
        name: "t_model.h", bytes: .init(HeaderRoundTripTests.header(quantized).utf8)))
    #expect(read == quantized)
  }

  @Test("inputs beyond the header's range are named feature by feature, with what they reach")
  func clipped() throws {
    let quantized = QuantizedNetwork(
      name: "t", input: .vector(scales: [0.001], offsets: [0, 0, 10]), layers: [])
    let data = Sequences(
      width: 3, sequences: [.init(values: [1, 33, 10, -40, 2, 42, 34, 3, 60], steps: 3)])
    #expect(
      data.warnings(for: quantized) == [
        "feature 0 is clipped in 2 of 3 steps: it has -40, and the header's range is "
          + "-32.77 to 32.77",
        "feature 1 is clipped in 1 of 3 steps: it has 33, and the header's range is "
          + "-32.77 to 32.77",
        "feature 2 is clipped in 1 of 3 steps: it has 60, and the header's range is "
          + "-22.77 to 42.77",
      ])
    let wide = QuantizedNetwork(
      name: "t", input: .vector(scales: [0.001], offsets: []), layers: [])
    let many = Sequences(
      width: 6, sequences: [.init(values: Array(repeating: 50, count: 6), steps: 1)])
    #expect(many.warnings(for: wide).count == 5)
    #expect(many.warnings(for: wide).last == "2 more features are clipped")
  }

  @Test("inputs that use less than 1/64 of the header's range are told what that costs")
  func small() throws {
    let quantized = QuantizedNetwork(
      name: "t", input: .vector(scales: [1], offsets: []), layers: [])
    func warnings(_ values: [Double]) -> [String] {
      Sequences(width: 2, sequences: [.init(values: values, steps: 1)]).warnings(for: quantized)
    }
    #expect(warnings([512, 0]) == [])
    let warning = try #require(warnings([3, -256]).first)
    #expect(warning.contains("1/128 of the header's range") && warning.contains("42 dB in all"))
    #expect(warnings([0, 0]) == ["every input is in the middle of the header's range"])
    let tokens = QuantizedNetwork(name: "t", input: .tokens, layers: [])
    #expect(Sequences(width: 1, sequences: []).warnings(for: tokens) == [])
  }
}

@Suite("Self-check") struct SelfCheckTests {
  private func check(_ told: NetworkDescription.Cell, _ truth: NetworkDescription.Cell) throws
    -> SelfCheck
  {
    let file = try TensorFile(
      InputFile(name: "m", bytes: SafetensorsBuilder.gru(inputs: 3, hidden: 4).data))
    let inputs = RandomNetworks.inputs(width: 3, steps: 20, seed: 1)
    let network = try Network(file, description: NetworkDescription(layers: [.gru(truth)]))
    var float = FloatNetwork(network)
    let hidden = (0..<20).flatMap {
      float.step(inputs.sequences[0].input(at: $0, width: 3)).lastHidden
    }
    return try SelfCheck(
      file, NetworkDescription(layers: [.gru(told)]), inputs: inputs,
      expected: NPY(shape: [20, 4], values: hidden), "hidden.npy")
  }

  private func cell(
    _ reset: ResetMode = .after, _ update: UpdateMode = .keeps, _ order: [Int]? = nil
  ) -> NetworkDescription.Cell {
    var cell = NetworkDescription.Cell(tensors: "gru", reset: reset, update: update)
    cell.order = order
    return cell
  }

  @Test("a file that is read right matches as read")
  func right() throws {
    let check = try check(cell(), cell())
    #expect(check.matchesAsRead && check.others.isEmpty)
    #expect(check.summary.contains("the file is read right"))
  }

  @Test(
    "each wrong reading is told from the right one",
    arguments: [ResetMode.after, .before],
    [[0, 1, 2], [1, 0, 2], [0, 2, 1], [2, 1, 0], [1, 2, 0], [2, 0, 1]])
  func wrong(reset: ResetMode, order: [Int]) throws {
    for update in UpdateMode.allCases {
      let check = try check(cell(), cell(reset, update, order))
      let isRight = reset == .after && order == [0, 1, 2] && update == .keeps
      #expect(check.matchesAsRead == isRight)
      guard !isRight else { continue }
      let found = try #require(check.others.first)
      #expect(check.others.count == 1)
      #expect((found.reset, found.update) == (reset, update))
      #expect(found.order == order)
    }
  }

  @Test("hidden states of another shape are refused; of another network, nothing matches")
  func foreign() throws {
    let file = try TensorFile(
      InputFile(name: "m", bytes: SafetensorsBuilder.gru(inputs: 3, hidden: 4).data))
    let inputs = RandomNetworks.inputs(width: 3, steps: 20, seed: 1)
    let description = NetworkDescription(layers: [.gru(cell())])
    func check(_ shape: [Int]) throws -> SelfCheck {
      try SelfCheck(
        file, description, inputs: inputs,
        expected: NPY(shape: shape, values: Array(repeating: 0.3, count: shape.reduce(1, *))),
        "h.npy")
    }
    #expect(throws: InputError.self) { _ = try check([20, 5]) }
    #expect(try check([20, 4]).summary.contains("no gate order, reset or update convention"))
  }
}

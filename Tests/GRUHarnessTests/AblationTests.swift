import FloatGRU
import GRUQuantizer
import ModelFiles
import TestSupport
import Testing

@testable import GRUHarness

/// The step in Double: with every rounding the runtime's to the bit, with none the float model's.
@Suite("Ablation") struct AblationTests {
  /// What a network reads, and how.
  fileprivate enum Input: CaseIterable {
    case plain, standardised, counts, oneHot, embedding, dense
  }

  fileprivate struct Case: CustomTestStringConvertible, Sendable {
    var input: Input
    var reset = ResetMode.after
    var candidate = Activation.tanh
    var widths = Widths(all: .int8)
    var inner = Activation.tanh

    var testDescription: String {
      "\(input), \(reset), \(candidate), \(widths.recurrent), \(inner)"
    }

    static let all =
      Input.allCases.map { Case(input: $0) }
      + ResetMode.allCases.flatMap { reset in
        [Activation.tanh, .relu].flatMap { candidate in
          [Widths(all: .int8), .init(all: .int16)].map {
            Case(input: .plain, reset: reset, candidate: candidate, widths: $0)
          }
        }
      }
      + [Activation.none, .relu, .sigmoid].map { Case(input: .dense, inner: $0) }

    /// A first layer where it is asked for, two cells with a dense layer between them, and one after.
    var network: Network {
      var network = RandomNetworks.network(
        inputs: input == .oneHot ? 40 : 3, hidden: [5, 4], outputs: 2, seed: 1)
      for index in 0..<2 {
        var layer = network[gru: index]
        layer.reset = reset
        layer.candidate = candidate
        if reset == .before { layer.recurrentBias = layer.recurrentBias.map { _ in 0 } }
        layer.initialState = layer.initialState.indices.map { 0.3 - 0.2 * Double($0) }
        network[gru: index] = layer
      }
      func dense(_ size: Int, seed: UInt64) -> Layer {
        RandomNetworks.network(inputs: size, hidden: [], outputs: size, seed: seed).layers[0]
      }
      network.layers.insert(dense(5, seed: 2), at: 1)
      network[dense: 1].activation = inner
      switch input {
      case .plain, .counts: break
      case .standardised:
        network.input = .vector(Standardisation(mean: [0.1, 0.2, 0], deviation: [0.5, 1, 2]))
      case .oneHot: network.input = .tokens
      case .embedding:
        network.input = .tokens
        let values = RandomNetworks.inputs(width: 3, steps: 40, seed: 3).sequences[0].values
        network.layers.insert(
          .embedding(
            EmbeddingLayer(
              name: "e", table: RealMatrix(rows: 40, columns: 3, values: Array(values)))),
          at: 0)
      case .dense: network.layers.insert(dense(3, seed: 4), at: 0)
      }
      return network
    }

    func data(seed: UInt64, range: Double) -> Sequences {
      let isTokens = input == .oneHot || input == .embedding
      let data = RandomNetworks.inputs(
        width: isTokens ? 1 : 3, steps: 120, seed: seed, range: range)
      guard isTokens else { return data }
      return Sequences(
        width: 1, isTokens: true,
        sequences: [
          .init(
            values: data.sequences[0].values.map { (20 + 20 * $0 / range).rounded(.down) },
            steps: 120)
        ])
    }

    func quantized(carryBits: Int) throws -> QuantizedNetwork {
      let units = InputUnits(scale: [0.001, 0.01, 0.002], offset: [0.5, 0, -1])
      var quantized = try Quantized.network(
        network, calibration: data(seed: 5, range: 1), widths, by: .nearest,
        inputUnits: input == .counts ? units : nil)
      quantized.layers = quantized.layers.map { layer in
        guard case .cell(var cell) = layer else { return layer }
        cell.carryBits = carryBits
        return .cell(cell)
      }
      return quantized
    }
  }

  @Test(
    "with every part rounded the states and carries are the runtime's to the bit",
    arguments: Case.all, [0, 8])
  fileprivate func rounded(_ sample: Case, carryBits: Int) throws {
    let quantized = try sample.quantized(carryBits: carryBits)
    let network = sample.network.folded(as: quantized)
    var emulated = EmulatedNetwork(network, quantized, rounding: Set(RoundedPart.allCases))
    let fixed = try RuntimeInstance(RuntimeModel(quantized))
    // Beyond four times the calibration's range some inputs are clipped.
    let data = sample.data(seed: 6, range: 6)
    for step in 0..<120 {
      let input = data.sequences[0].input(at: step, width: data.width)
      emulated.step(input)
      _ = try fixed.step(quantized.rawInput(input).raw)
      for layer in quantized.layers.indices {
        #expect(emulated.states[layer] == fixed.state(ofLayer: layer).map { Double($0) })
      }
    }
  }

  @Test("the high product of two Doubles is the integers', also where 53 bits don't hold it")
  func highProduct() {
    var generator = SeededGenerator(seed: 9)
    for offset in Int64(-2)...2 {
      for _ in 0..<1_000 {
        let b = Int32.random(in: 1 << 30 ... .max, using: &generator) | 1
        // a·b = 2³¹ + offset in its lower 32 bits: a is that times the inverse of b, by Newton.
        var inverse = b
        for _ in 0..<5 { inverse = inverse &* (2 &- b &* inverse) }
        let a = Int32(truncatingIfNeeded: 1 << 31 + offset) &* inverse
        let exact = (Int64(a) * Int64(b) + 1 << 31) >> 32
        #expect(roundedHighProduct(Double(a), Double(b)) == Double(exact))
      }
    }
  }

  @Test("with every part exact the states are the float model's", arguments: Case.all)
  fileprivate func exact(_ sample: Case) throws {
    let quantized = try sample.quantized(carryBits: 0)
    let network = sample.network.folded(as: quantized)
    var emulated = EmulatedNetwork(network, quantized, rounding: [])
    // What the quantizer folds isn't folded here.
    var float = FloatNetwork(sample.network)
    let hasFoldedEmbedding = quantized.layers.count < sample.network.layers.count
    let data = sample.data(seed: 6, range: 6)
    for step in 0..<120 {
      let input = data.sequences[0].input(at: step, width: data.width)
      emulated.step(input)
      _ = float.step(input)
      for (hidden, truth) in zip(
        emulated.hidden, float.states.dropFirst(hasFoldedEmbedding ? 1 : 0))
      {
        #expect(zip(hidden, truth).allSatisfy { abs($0 - $1) < 1e-12 * max(1, abs($1)) })
      }
    }
  }

  @Test("every part that a network has is listed, and none that it has not")
  func parts() throws {
    func parts(_ input: Input) throws -> Set<String> {
      let sample = Case(input: input)
      let quantized = try sample.quantized(carryBits: 0)
      let data = sample.data(seed: 6, range: 1)
      return Set(Ablation(sample.network, quantized, over: data).parts.map(\.part))
    }
    let all = Set(RoundedPart.allCases.map(\.rawValue))
    #expect(try parts(.plain) == all)
    #expect(try parts(.embedding) == all)
    #expect(try parts(.oneHot) == all.subtracting(["inputs"]))
    let single = RandomNetworks.network(inputs: 2, hidden: [3], outputs: 2, seed: 1)
    let data = RandomNetworks.inputs(width: 2, steps: 30, seed: 2)
    let quantized = try Quantized.network(single, calibration: data)
    let found = Ablation(single, quantized, over: data).parts.map(\.part)
    #expect(Set(found) == all.subtracting(["dense layers"]))
  }

  @Test("the part that was spoiled leads, gains what it cost, and is as bad alone")
  func ranking() throws {
    let network = RandomNetworks.network(inputs: 3, hidden: [6], outputs: 2, seed: 1)
    let data = RandomNetworks.inputs(width: 3, steps: 200, seed: 2)
    var quantized = try Quantized.network(
      network, calibration: data, .init(input: .int16, recurrent: .int8), by: .nearest)
    let honest = Ablation(network, quantized, over: data)
    let measured = try Comparison(network, quantized, over: data).layers[0].hidden.sqnr
    #expect(honest.sqnr == measured)
    #expect(honest.parts[0].part == "weights of U")
    #expect(try #require(honest.parts[0].gain) > 10)

    quantized[cell: 0].bias.candidate[2] += 1 << 16
    let spoiled = Ablation(network, quantized, over: data)
    let biases = spoiled.parts[0]
    let (header, before) = (try #require(spoiled.sqnr), try #require(honest.sqnr))
    #expect(biases.part == "biases")
    // Exact biases differ from the honest header's by half a unit of Q17.
    #expect(abs(try #require(biases.exactSQNR) - before) < 0.1)
    #expect(abs(try #require(biases.gain) - (try #require(biases.exactSQNR) - header)) < 1e-12)
    #expect(abs(try #require(biases.aloneSQNR) - header) < 0.5)
    #expect(zip(spoiled.parts, spoiled.parts.dropFirst()).allSatisfy { $0.gain! >= $1.gain! })
  }

  @Test("weights that lie on the header's grid are exact, to the last bit of a Double")
  func grid() throws {
    var network = RandomNetworks.network(inputs: 3, hidden: [4], seed: 1)
    var layer = network[gru: 0]
    layer.recurrent = layer.recurrent.map { matrix in
      var matrix = matrix
      // One weight of each row is at the end of int8.
      matrix.values = matrix.values.indices.map { Double($0 % 4 == 0 ? 127 : $0 % 11) * 0x1p-8 }
      return matrix
    }
    network[gru: 0] = layer
    let data = RandomNetworks.inputs(width: 3, steps: 100, seed: 2)
    let quantized = try Quantized.network(network, calibration: data, by: .nearest)
    let parts = Ablation(network, quantized, over: data).parts
    #expect(parts.filter { $0.aloneSQNR == nil }.map(\.part) == ["weights of U"])
  }

  @Test("no more than the first 20,000 steps are run")
  func limit() throws {
    let network = RandomNetworks.network(inputs: 1, hidden: [1], seed: 1)
    let calm = RandomNetworks.inputs(width: 1, steps: 20_000, seed: 2)
    let quantized = try Quantized.network(network, calibration: calm)
    let long = Sequences.Sequence(
      values: calm.sequences[0].values + Array(repeating: 1e6, count: 100), steps: 20_100)
    let both = [calm, Sequences(width: 1, sequences: [long, long])].map {
      Ablation(network, quantized, over: $0)
    }
    #expect(both[0].sqnr == both[1].sqnr)
    #expect(both[0].steps == 20_000 && both[1].steps == 20_000)
  }

  @Test("large networks run fewer steps, at least one")
  func stateLimit() throws {
    let network = RandomNetworks.network(inputs: 1, hidden: [3, 4], seed: 1)
    let data = RandomNetworks.inputs(width: 1, steps: 100, seed: 2)
    let quantized = try Quantized.network(network, calibration: data)
    let steps = [700, 699, 70, 1].map {
      Ablation(network, quantized, over: data, states: $0).steps
    }
    #expect(steps == [100, 99, 10, 1])
  }
}

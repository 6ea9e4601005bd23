import FloatGRU
import Foundation
import GRUHarness
import GRUQuantizer
import GRURuntime
import ModelFiles
import TestSupport
import Testing

/// One combination of everything that a cell can be.
private struct Combination: CustomTestStringConvertible, Sendable {
  enum Biases: String, CaseIterable { case two, one, none }
  enum Input: String, CaseIterable { case vector, oneHot, embedding, foldedEmbedding, dense }

  var reset = ResetMode.after
  var candidate = Activation.tanh
  var update = UpdateMode.keeps
  var biases = Biases.two
  var hasInitialState = false
  var input = Input.vector
  var inner = Activation.tanh
  var output = Activation.none
  var widths = Widths(all: .int8)
  var carryBits = 0

  var testDescription: String {
    "\(name): \(reset), \(candidate), z \(update), \(biases) biases, "
      + "\(hasInitialState ? "initial state" : "from zero"), \(input), \(output)"
  }

  /// A C identifier.
  var name: String {
    [
      reset.rawValue, candidate.rawValue, update.rawValue, biases.rawValue,
      hasInitialState ? "state" : "zero", input.rawValue, inner.rawValue, output.rawValue,
      widths.input.rawValue, widths.recurrent.rawValue, "c\(carryBits)",
    ].joined(separator: "_")
  }

  /// The full matrix of cells, then each kind of input and dense layer with both resets.
  static let all: [Combination] = {
    var all: [Combination] = []
    for reset in ResetMode.allCases {
      for candidate in [Activation.tanh, .relu] {
        for update in UpdateMode.allCases {
          for biases in Biases.allCases {
            for hasInitialState in [false, true] {
              for widths in [
                Widths(all: .int8), .init(input: .int8, recurrent: .int16),
                .init(all: .int16),
              ] {
                for carryBits in [0, 8] {
                  all.append(
                    Combination(
                      reset: reset, candidate: candidate, update: update, biases: biases,
                      hasInitialState: hasInitialState, widths: widths, carryBits: carryBits))
                }
              }
            }
          }
        }
      }
      for input in Input.allCases.dropFirst().dropLast() {
        all.append(Combination(reset: reset, input: input))
      }
      for activation in [Activation.none, .relu, .tanh, .sigmoid] {
        all.append(Combination(reset: reset, input: .dense, inner: activation, output: activation))
      }
      all.append(Combination(reset: reset, output: .softmax))
    }
    return all
  }()

  var readsTokens: Bool { input != .vector && input != .dense }
}

/// Raw tensors in the framework's order, and the equations of the source applied to them without
/// the project's readers: gates in blocks r, z, n, `update` as the source says.
private struct Source {
  static let (width, hidden, tokens, outputs) = (3, 4, 6, 2)

  let combination: Combination
  var tensors: [String: (shape: [Int], values: [Double])] = [:]

  init(_ combination: Combination, seed: UInt64) {
    self.combination = combination
    var generator = SeededGenerator(seed: seed)
    func add(
      _ name: String, _ shape: [Int], _ range: Double = 0.8,
      into tensors: inout [String: (shape: [Int], values: [Double])]
    ) {
      let values = (0..<shape.reduce(1, *)).map { _ in
        Double(Float.random(in: Float(-range)...Float(range), using: &generator))
      }
      tensors[name] = (shape, values)
    }
    let (h, x) = (Self.hidden, combination.readsTokens ? readWidth : Self.width)
    // One bias is Flax nnx' form, two or none PyTorch's.
    if combination.biases == .one {
      add("gru.dense_i.kernel", [x, 3 * h], into: &tensors)
      add("gru.dense_h.kernel", [h, 3 * h], into: &tensors)
      add("gru.dense_i.bias", [3 * h], into: &tensors)
    } else {
      add("gru.weight_ih_l0", [3 * h, x], into: &tensors)
      add("gru.weight_hh_l0", [3 * h, h], into: &tensors)
      if combination.biases == .two {
        add("gru.bias_ih_l0", [3 * h], into: &tensors)
        add("gru.bias_hh_l0", [3 * h], into: &tensors)
      }
    }
    if combination.hasInitialState { add("gru.initial_state", [h], into: &tensors) }
    if combination.input == .embedding || combination.input == .foldedEmbedding {
      add("emb.weight", [tokenCount, x], into: &tensors)
    }
    if combination.input == .dense {
      add("in.weight", [x, x], into: &tensors)
      add("in.bias", [x], into: &tensors)
    }
    add("fc.weight", [Self.outputs, h], into: &tensors)
    add("fc.bias", [Self.outputs], into: &tensors)
  }

  /// Width of what the GRU reads: tokens as one-hot, or an embedding.
  private var readWidth: Int { combination.input == .oneHot ? Self.tokens : Self.width }

  /// Few tokens make the folded table the smaller one, many the embedding.
  var tokenCount: Int {
    switch combination.input {
    case .embedding: 40
    case .foldedEmbedding: 3
    case .vector, .oneHot, .dense: Self.tokens
    }
  }

  var network: Network {
    get throws {
      var entries: [NetworkDescription.Layer] = []
      switch combination.input {
      case .oneHot: entries.append(.oneHot(size: Self.tokens))
      case .embedding, .foldedEmbedding: entries.append(.embedding(tensors: "emb"))
      case .dense: entries.append(.dense(tensors: "in", activation: combination.inner))
      case .vector: break
      }
      entries.append(
        .gru(
          .init(
            tensors: "gru", layout: combination.biases == .one ? .flaxNNX : .pytorch,
            reset: combination.reset, candidate: combination.candidate,
            update: combination.update)))
      entries.append(.dense(tensors: "fc", activation: combination.output))
      let builder = SafetensorsBuilder(
        tensors.keys.sorted().map { name in
          (name, tensors[name]!.shape, tensors[name]!.values.map { Float($0) })
        })
      return try Network(
        TensorFile(InputFile(name: "matrix", bytes: builder.data)),
        description: NetworkDescription(layers: entries))
    }
  }

  /// One step by the source's own equations.
  func step(_ input: [Double], _ h: [Double]) -> (hidden: [Double], output: [Double]) {
    var x = input
    switch combination.input {
    case .oneHot: x = (0..<Self.tokens).map { $0 == Int(input[0]) ? 1 : 0 }
    case .embedding, .foldedEmbedding:
      x = Array(
        tensors["emb.weight"]!.values[Int(input[0]) * Self.width..<(Int(input[0]) + 1) * Self.width]
      )
    case .dense: x = dense("in", x, combination.inner)
    case .vector: break
    }
    var next = h
    for unit in 0..<Self.hidden {
      let r = (0..<Self.hidden).map { logistic(sum(0, $0, x, h)) }
      let z = logistic(sum(1, unit, x, h))
      let (b, c) = (bias(2, unit, recurrent: false), bias(2, unit, recurrent: true))
      let a: Double =
        combination.reset == .after
        ? w(2, unit, x) + b + r[unit] * (u(2, unit, h) + c)
        : w(2, unit, x) + b + c + u(2, unit, zip(r, h).map(*))
      let n = combination.candidate == .relu ? max(a, 0) : 2 * logistic(2 * a) - 1
      let kept = combination.update == .keeps ? z : 1 - z
      next[unit] = kept * h[unit] + (1 - kept) * n
    }
    return (next, dense("fc", next, combination.output))
  }

  private func sum(_ gate: Int, _ unit: Int, _ x: [Double], _ h: [Double]) -> Double {
    w(gate, unit, x) + u(gate, unit, h) + bias(gate, unit, recurrent: false)
      + bias(gate, unit, recurrent: true)
  }

  private func w(_ gate: Int, _ unit: Int, _ x: [Double]) -> Double {
    weight("gru.dense_i.kernel", "gru.weight_ih_l0", gate, unit, x)
  }

  private func u(_ gate: Int, _ unit: Int, _ h: [Double]) -> Double {
    weight("gru.dense_h.kernel", "gru.weight_hh_l0", gate, unit, h)
  }

  private func weight(
    _ columns: String, _ rows: String, _ gate: Int, _ unit: Int, _ v: [Double]
  ) -> Double {
    let row = gate * Self.hidden + unit
    var sum = 0.0
    for j in v.indices {
      sum +=
        v[j]
        * (tensors[rows].map { $0.values[row * v.count + j] }
          ?? tensors[columns]!.values[j * 3 * Self.hidden + row])
    }
    return sum
  }

  private func bias(_ gate: Int, _ unit: Int, recurrent: Bool) -> Double {
    let names = recurrent ? ["gru.bias_hh_l0"] : ["gru.bias_ih_l0", "gru.dense_i.bias"]
    return names.compactMap { tensors[$0]?.values[gate * Self.hidden + unit] }.first ?? 0
  }

  private func dense(_ name: String, _ x: [Double], _ activation: Activation) -> [Double] {
    let (a, b) = (tensors["\(name).weight"]!, tensors["\(name).bias"]!)
    return (0..<a.shape[0]).map { row in
      let y = x.indices.reduce(b.values[row]) { $0 + a.values[row * x.count + $1] * x[$1] }
      return switch activation {
      case .none, .softmax: y
      case .relu: max(y, 0)
      case .tanh: 2 * logistic(2 * y) - 1
      case .sigmoid: logistic(y)
      }
    }
  }

  private func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}

@Suite("Golden matrix") struct GoldenMatrixTests {
  private static let steps = 40

  private func data(_ source: Source, seed: UInt64) -> Sequences {
    guard source.combination.readsTokens else {
      return RandomNetworks.inputs(width: Source.width, steps: Self.steps, seed: seed)
    }
    var generator = SeededGenerator(seed: seed)
    let tokens = (0..<Self.steps).map { _ in
      Double(Int.random(in: 0..<source.tokenCount, using: &generator))
    }
    return Sequences(
      width: 1, isTokens: true, sequences: [.init(values: tokens, steps: Self.steps)])
  }

  @Test("float: each combination equals the source's own equations", arguments: Combination.all)
  fileprivate func float(_ combination: Combination) throws {
    let source = Source(combination, seed: 1)
    var network = FloatNetwork(try source.network)
    var hidden =
      source.tensors["gru.initial_state"]?.values ?? Array(repeating: 0, count: Source.hidden)
    let data = data(source, seed: 2)
    for step in 0..<Self.steps {
      let input = data.sequences[0].input(at: step, width: data.width)
      let result = network.step(input)
      let expected = source.step(input, hidden)
      hidden = expected.hidden
      for (a, b) in zip(result.output, expected.output) { #expect(abs(a - b) < 1e-9) }
    }
  }

  @Test(
    "integers: each equals the wide reference to the bit, and the float model nearly",
    arguments: Combination.all)
  fileprivate func integers(_ combination: Combination) throws {
    let source = Source(combination, seed: 1)
    let network = try source.network
    let data = data(source, seed: 2)
    var quantized = try Quantized.network(
      network, calibration: data, combination.widths, name: combination.name)
    quantized.layers = quantized.layers.map { layer in
      guard case .cell(var cell) = layer else { return layer }
      cell.carryBits = combination.carryBits
      return .cell(cell)
    }
    #expect(combination.input != .foldedEmbedding || quantized.layers.count == 2)
    #expect(combination.input != .embedding || quantized.layers.count == 3)

    let header = HeaderWriter.header(
      for: quantized, provenance: Provenance(version: "0", command: "", inputs: []), measured: [])
    let read = try QuantizedNetwork(
      header: InputFile(name: "matrix_model.h", bytes: Data(header.utf8)))
    #expect(read == quantized)

    let instance = try RuntimeInstance(RuntimeModel(read))
    try instance.model.model.verify()
    var reference = WideReference(read)
    var differences = 0
    for step in 0..<Self.steps {
      let raw = read.rawInput(data.sequences[0].input(at: step, width: data.width)).raw
      if try instance.step(raw).map({ Int128($0) }) != reference.step(raw) { differences += 1 }
    }
    #expect(differences == 0)
    let comparison = try Comparison(network, read, over: data)
    #expect(comparison.layers[0].hidden.sqnr ?? .infinity > 30)
    #expect(comparison.output.sqnr ?? .infinity > 28)
    try emitForDevices(read, data, steps: Self.steps, into: "GRU_GOLDEN_MATRIX")
  }
}

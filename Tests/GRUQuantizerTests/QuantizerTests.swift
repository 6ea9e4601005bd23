import Foundation
import GRUQuantizer
import ModelFiles
import TestSupport
import Testing

@Suite("Quantizer") struct QuantizerTests {
  private func quantize(
    _ network: Network, _ widths: Widths = .init(all: .int8), range: Double = 2
  ) throws -> QuantizedNetwork {
    try Quantized.network(
      network,
      calibration: RandomNetworks.inputs(
        width: network.inputSize, steps: 64, seed: 1, range: range), widths, by: .nearest)
  }

  @Test(
    "every weight is within half a step of its real value, with all scales folded back",
    arguments: [WeightFormat.int8, .int16])
  func weights(format: WeightFormat) throws {
    let network = RandomNetworks.network(inputs: 5, hidden: [6], outputs: 3, seed: 2)
    let quantized = try quantize(network, .init(all: format))
    let (layer, cell) = (network[gru: 0], quantized[cell: 0])
    for (real, integer, vectorScale) in [
      (layer.input.update, cell.input.update, Double(quantized.inputScales[0])),
      (layer.recurrent.candidate, cell.recurrent.candidate, 0x1p-15),
    ] {
      for row in 0..<real.rows {
        let power = exp2(Double(50 - cell.preActivationShift + integer.shift))
        let scale = Double(integer.multipliers[row]) / power / vectorScale
        for column in 0..<real.columns {
          let error =
            real.values[row * real.columns + column]
            - Double(integer.weights[row * real.columns + column]) * scale
          #expect(abs(error) <= 0.5001 * scale)
        }
      }
      #expect(integer.weights.map { abs(Int($0)) }.max() == format.limit)
    }
  }

  @Test("the input scale leaves room for four times the calibration maximum")
  func headroom() throws {
    let network = RandomNetworks.network(inputs: 1, hidden: [2], seed: 3)
    let calibration = Sequences(width: 1, sequences: [.init(values: [0.5, -3, 1], steps: 3)])
    let quantized = try Quantized.network(network, calibration: calibration)
    #expect(quantized.inputScales == [Float(12.0 / 32_767)])
  }

  @Test("zero rows keep zero multipliers, and zero calibration a usable scale")
  func zeros() throws {
    var network = RandomNetworks.network(inputs: 2, hidden: [3], seed: 4)
    network[gru: 0].input.reset = RealMatrix(rows: 3, columns: 2, values: [0, 0, 1, 2, 0, 0])
    let calibration = Sequences(width: 2, sequences: [.init(values: [0, 0], steps: 1)])
    let quantized = try Quantized.network(network, calibration: calibration)
    let matrix = quantized[cell: 0].input.reset
    #expect(matrix.multipliers[0] == 0 && matrix.multipliers[1] > 0 && matrix.multipliers[2] == 0)
    #expect(quantized.inputScales[0] > 0)
  }

  @Test("the stated accumulator bound is reached by the worst vector, and never passed")
  func bound() throws {
    let network = RandomNetworks.network(inputs: 9, hidden: [4], seed: 5)
    let quantized = try quantize(network)
    let cell = quantized[cell: 0]
    let largest = cell.input.reset.weights.indices.reduce(into: [Int](repeating: 0, count: 4)) {
      let weight = Int(cell.input.reset.weights[$1])
      $0[$1 / 9] += weight * (weight < 0 ? -32_768 : 32_767)
    }
    let stated = quantized.accumulatorBounds.first { $0.row.contains("W reset") }!.accumulator
    #expect(largest.max()! <= stated)
    // +32,767 is one unit short of the bound's 2¹⁵ for each positive weight.
    #expect(stated - largest.max()! <= 9 * 127)
  }

  @Test("rows of int8 up to 516 columns can be proved, at 517 of ±127 they are refused by name")
  func unprovable() throws {
    func wide(_ columns: Int) -> Network {
      let ones = RealMatrix(
        rows: 1, columns: columns, values: Array(repeating: 1e-3, count: columns))
      let one = RealMatrix(rows: 1, columns: 1, values: [0.5])
      return Network(layers: [
        .gru(
          GRULayer(
            name: "gru", reset: .after, candidate: .tanh,
            input: Gates(reset: ones, update: ones, candidate: ones),
            recurrent: Gates(reset: one, update: one, candidate: one),
            bias: Gates(reset: [0], update: [0], candidate: [0]), recurrentBias: [0]))
      ])
    }
    _ = try quantize(wide(516))
    let error = #expect(throws: QuantizationError.self) { _ = try quantize(wide(517)) }
    #expect(try #require(error).message.hasPrefix("row 0 of W of 'gru' can sum to 2151514112"))
  }

  @Test("pre-activations that no headroom lets prove are refused with row, gate and layer")
  func reach() throws {
    let network = RandomNetworks.network(inputs: 3, hidden: [2], seed: 6, weightRange: 3_000)
    let error = #expect(throws: QuantizationError.self) { _ = try quantize(network) }
    let message = try #require(error).message
    #expect(
      message.contains("of 'gru_l0'") && message.contains("expected below ±8191"), "\(message)")
  }

  @Test("an outlier in the calibration lowers the headroom before the network is refused")
  func outlier() throws {
    let network = RandomNetworks.network(inputs: 8, hidden: [4], seed: 7)
    let scale = try quantize(network, range: 1_500).inputScales[0]
    #expect(scale < 0.1 && scale > 0.04)
  }

  @Test("what the runtime does not run is refused by name")
  func unsupported() throws {
    var network = RandomNetworks.network(inputs: 2, hidden: [2], outputs: 2, seed: 8)
    var dense = network[dense: 1]
    dense.activation = .softmax
    network.layers = [.dense(dense), network.layers[0]]
    let error = #expect(throws: QuantizationError.self) { _ = try quantize(network) }
    #expect(try #require(error).message == "layer 'fc' ends in softmax and is not the last")
    network.layers = [.dense(dense)]
    let none = #expect(throws: QuantizationError.self) { _ = try quantize(network) }
    #expect(try #require(none).message == "has no GRU layer, expected at least one")
  }

  @Test("rows on an integer grid keep it to the bit, -128 included")
  func grid() throws {
    var network = RandomNetworks.network(inputs: 4, hidden: [2], seed: 9)
    var layer = network[gru: 0]
    layer.input.reset = RealMatrix(
      rows: 2, columns: 4, values: [-128, 3, 77, 0, 127, 1, -5, 64].map { $0 / 256 })
    network[gru: 0] = layer
    let matrix = try quantize(network)[cell: 0].input.reset
    #expect(matrix.weights == [-128, 3, 77, 0, 127, 1, -5, 64])
  }
}

@Suite("Header text") struct HeaderTextTests {
  @Test("the same network makes the same bytes, with up to 16 values a row")
  func deterministic() throws {
    let network = RandomNetworks.network(inputs: 20, hidden: [3], outputs: 2, seed: 1)
    func header() throws -> String {
      let quantized = try Quantized.network(
        network, calibration: RandomNetworks.inputs(width: 20, steps: 9, seed: 1))
      return HeaderWriter.header(
        for: quantized, provenance: Provenance(version: "1", command: "gru", inputs: []),
        measured: [])
    }
    let text = try header()
    #expect(try header() == text)
    let rows = text.split(separator: "\n").filter {
      $0.hasPrefix("  ") && $0.hasSuffix(",") && !$0.contains("GRU")
    }
    #expect(rows.allSatisfy { $0.split(separator: ",").count <= 16 })
    #expect(rows.contains { $0.split(separator: ",").count > 8 })
  }

  @Test("text from outside cannot leave the comment")
  func hostileNames() throws {
    let network = RandomNetworks.network(inputs: 1, hidden: [1], seed: 1)
    let quantized = try Quantized.network(
      network, calibration: RandomNetworks.inputs(width: 1, steps: 4, seed: 1))
    let text = HeaderWriter.header(
      for: quantized,
      provenance: Provenance(
        version: "1", command: "gru */ int x; \\\n ??/ \u{0} \u{202E}",
        inputs: [.init(role: "model", file: "a*/b\n#error", sha256: "0")]),
      measured: [])
    let comment = text.prefix(upTo: try #require(text.firstRange(of: "#ifndef")).lowerBound)
    #expect(comment.components(separatedBy: "*/").count == 2)
    #expect(comment.first { !$0.isASCII } == nil)
    #expect(!comment.contains("#") && !comment.contains("\\") && !comment.contains("\u{0}"))
  }

  @Test(
    "names that are no C identifier are refused",
    arguments: [
      ("kws", true), ("a1_b", true), ("1x", false), ("int", false), ("a-b", false), ("../x", false),
      ("é", false), (String(repeating: "a", count: 300), false), ("\"; system", false), ("", false),
      ("_x", false), ("class", false),
    ])
  func names(name: String, isGood: Bool) {
    #expect(isSymbolName(name) == isGood)
  }

  @Test("the smallest int32 is written as a sum, and rows of numbers end without a comma")
  func numbers() {
    #expect(cRows(of: [1, -2_147_483_648, 3]) == "  1, -2147483647 - 1, 3\n")
    #expect(cRows(of: Array(0..<17)).hasSuffix("15,\n  16\n"))
  }
}

@Suite("SHA-256") struct SHA256Tests {
  @Test(
    "the examples of FIPS 180",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      (
        String(repeating: "a", count: 1_000_000),
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
      ),
    ])
  func examples(text: String, digest: String) {
    #expect(sha256(Data(text.utf8)) == digest)
  }
}

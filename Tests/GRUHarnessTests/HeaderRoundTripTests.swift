import Foundation
import GRUHarness
import GRUQuantizer
import ModelFiles
import TestSupport
import Testing

@Suite("Header round trip") struct HeaderRoundTripTests {
  static func network(_ widths: Widths = .init(all: .int8)) throws -> QuantizedNetwork {
    try Quantized.network(
      RandomNetworks.network(inputs: 3, hidden: [4, 5], outputs: 2, seed: 1),
      calibration: RandomNetworks.inputs(width: 3, steps: 8, seed: 1), widths, name: "trip")
  }

  static func header(_ network: QuantizedNetwork) -> String {
    HeaderWriter.header(
      for: network, provenance: Provenance(version: "1", command: "gru", inputs: []), measured: [])
  }

  private func read(_ text: String) throws(InputError) -> QuantizedNetwork {
    try QuantizedNetwork(header: InputFile(name: "trip_model.h", bytes: Data(text.utf8)))
  }

  @Test(
    "a header reads back as the network that was written",
    arguments: [
      Widths(all: .int8), .init(all: .int16), .init(input: .int8, recurrent: .int16),
    ], [0, 8])
  func equality(widths: Widths, carryBits: Int) throws {
    var network = try Self.network(widths)
    guard case .cell(var cell) = network.layers[0] else { return }
    cell.carryBits = carryBits
    cell.recurrentBias = nil
    cell.bias.reset[0] = .min
    network.layers[0] = .cell(cell)
    for layout in [WeightLayout.quads, .pairs, .wide] {
      let laidOut = network.laidOut(as: layout)
      #expect(try read(Self.header(laidOut)) == laidOut)
    }
  }

  @Test("-128 beside a negative weight keeps quads, since no halfword holds the pair")
  func unpackable() throws {
    var network = try Self.network()
    guard case .cell(var cell) = network.layers[1] else { return }
    (cell.recurrent.update.weights[2], cell.recurrent.update.weights[7]) = (-1, -128)
    network.layers[1] = .cell(cell)
    network = network.laidOut(as: .pairs)
    guard case .cell(let laidOut) = network.layers[1] else { return }
    #expect(laidOut.recurrent.update.layout == .quads)
    #expect(laidOut.recurrent.reset.layout == .pairs)
    #expect(try read(Self.header(network)) == network)
  }

  @Test("a header cut off anywhere is refused, in its last 40 lines by every line")
  func truncated() throws {
    let lines = Self.header(try Self.network()).split(
      separator: "\n", omittingEmptySubsequences: false)
    for count in lines.count - 40..<lines.count - 7 {
      #expect(throws: InputError.self) { _ = try read(lines.prefix(count).joined(separator: "\n")) }
    }
  }

  @Test(
    "an edited header is refused with what was edited",
    arguments: [
      ("_INPUT_SIZE 3", "_INPUT_SIZE 4", "TRIP_INPUT_SIZE is 4, expected 3"),
      ("_STATE_SIZE 20", "_STATE_SIZE 24", "TRIP_STATE_SIZE is 24, expected 20"),
      ("  GRU_RESET_AFTER,", "  GRU_RESET_NEVER,", "is GRU_RESET_NEVER, expected GRU_RESET_AFTER"),
      ("GRU_WEIGHTS_INT8", "GRU_WEIGHTS_INT4", "is GRU_WEIGHTS_INT4, expected GRU_WEIGHTS_INT8"),
      ("GRU_LAYER_DENSE", "GRU_LAYER_CONV", "layer 2 is GRU_LAYER_CONV"),
      (
        "trip_layer0_weights[21] = {\n  ", "trip_layer0_weights[21] = {\n  1",
        "is not a number"
      ),
      (
        "trip_layer0_weights[21] = {\n", "trip_layer0_weights[22] = {\n  0,\n",
        "22 values, expected 21"
      ),
      ("{ GRU_LAYER_CELL, 3, 4,", "{ GRU_LAYER_CELL, 3, 60000,", "too few for 3 x 60000"),
      ("{ GRU_LAYER_CELL, 3, 4,", "{ GRU_LAYER_CELL, 3, -1,", "is -1, expected 1 to 65535"),
      ("{ GRU_LAYER_CELL, 3, 4,", "{ GRU_LAYER_CELL, 3, 0,", "is 0, expected 1 to 65535"),
      ("{ GRU_LAYER_DENSE, 5, 2,", "{ GRU_LAYER_DENSE, 5, 60000,", "too few for 5 x 60000"),
      ("static const gru_model_t", "static gru_model_t", "has no gru_model_t"),
      ("_INPUT_SCALE 0", "_INPUT_SCALE -0", "is not a positive float"),
      (
        "gru_layer_t trip_layers[3] = {", "gru_layer_t trip_layers[3] = 7;",
        "'trip_layers' has no list, expected 3"
      ),
    ])
  func edited(find: String, replace: String, message: String) throws {
    let text = Self.header(try Self.network())
    let range = try #require(text.firstRange(of: find))
    let edited = text.replacingCharacters(in: range, with: replace)
    let error = #expect(throws: InputError.self) { _ = try read(edited) }
    #expect(try #require(error).description.contains(message), "\(error!.description)")
  }

  @Test("a header that is whole, but that no device would run, is bad data")
  func unrunnable() throws {
    var network = try Self.network()
    guard case .cell(var cell) = network.layers[0] else { return }
    cell.carryBits = 4
    network.layers[0] = .cell(cell)
    let error = #expect(throws: InputError.self) { _ = try read(Self.header(network)) }
    #expect(try #require(error).message == "the runtime refuses this network: unsupported")
  }

  @Test("one changed weight is found by the checksum")
  func checksum() throws {
    let text = Self.header(try Self.network())
    let start = try #require(text.firstRange(of: "trip_layer1_weights[54] = {\n  "))
    let weight = text[start.upperBound...].prefix { $0 != "," }
    let edited = text.replacingCharacters(
      in: weight.startIndex..<weight.endIndex, with: weight == "0x00000001" ? "2" : "0x00000001")
    let error = #expect(throws: InputError.self) { _ = try read(edited) }
    #expect(try #require(error).message.contains("it was edited or damaged"))
  }

  @Test("other text is refused", arguments: ["", "int main(void) { return 0; }", "static const"])
  func foreign(text: String) {
    #expect(throws: InputError.self) { _ = try read(text) }
  }
}

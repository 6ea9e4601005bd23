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
    var cell = network[cell: 0]
    cell.carryBits = carryBits
    cell.recurrentBias = nil
    cell.bias.reset[0] = .min
    network[cell: 0] = cell
    for layout in [WeightLayout.quads, .pairs, .wide] {
      let laidOut = network.laidOut(as: layout)
      #expect(try read(Self.header(laidOut)) == laidOut)
    }
  }

  @Test("scales and offsets of one, two and three features read back", arguments: 1...3)
  func inputs(count: Int) throws {
    var network = try Quantized.network(
      RandomNetworks.network(inputs: count, hidden: [4], seed: 1),
      calibration: RandomNetworks.inputs(width: count, steps: 8, seed: 1), name: "trip")
    let scales = (1...count).map { Float($0) / 8 }
    network.input = .vector(scales: scales, offsets: scales.map { -3 * $0 })
    #expect(try read(Self.header(network)) == network)
  }

  @Test("networks that read tokens read back, by an embedding or by tables of any shift")
  func tokens() throws {
    var network = RandomNetworks.network(inputs: 5, hidden: [4], outputs: 2, seed: 1)
    network.input = .tokens
    let calibration = Sequences(
      width: 1, isTokens: true, sequences: [.init(values: [0, 4, 2], steps: 3)])
    var tables = try Quantized.network(network, calibration: calibration, name: "trip")
    var cell = tables[cell: 0]
    #expect(cell.input.reset.layout == .tokens)
    (cell.input.reset.shift, cell.input.update.shift) = (0, 31)
    cell.initialState = [1, -2, .min, .max]
    tables[cell: 0] = cell
    #expect(try read(Self.header(tables)) == tables)

    // An embedding that is smaller than tables of all its tokens would be.
    let table = RealMatrix(rows: 40, columns: 5, values: (0..<200).map { Double($0 % 7) / 7 - 0.4 })
    network.layers.insert(.embedding(EmbeddingLayer(name: "emb", table: table)), at: 0)
    let embedded = try Quantized.network(network, calibration: calibration, name: "trip")
    #expect(embedded.layers.count == 3)
    #expect(try read(Self.header(embedded)) == embedded)
  }

  @Test("-128 beside a negative weight keeps quads, since no halfword holds the pair")
  func unpackable() throws {
    var network = try Self.network()
    var cell = network[cell: 1]
    (cell.recurrent.update.weights[2], cell.recurrent.update.weights[7]) = (-1, -128)
    network[cell: 1] = cell
    network = network.laidOut(as: .pairs)
    let laidOut = network[cell: 1]
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
      (
        "#endif /* TRIP_MODEL_H */", "#endif\n#endif",
        "'#endif' has no '#if' before it"
      ),
      ("_CRC32 0x", "_CRC32 ", "has no checksum, expected one macro that ends in _CRC32"),
      ("_CRC32 0x", "_CRC32 0xG", "has no checksum, expected one macro that ends in _CRC32"),
      ("#define TRIP_CRC32", "#define OTHER_CRC32 0x1\n#define TRIP_CRC32", "has no checksum"),
      ("#define TRIP_STATE_SIZE 20", "", "TRIP_STATE_SIZE is missing, expected 20"),
      ("_INPUT_SCALE 0", "_INPUT_SCALE x", "TRIP_INPUT_SCALE is missing or not a float"),
      ("#define TRIP_INPUT_SCALE", "#define TRIP_SCALE", "TRIP_INPUT_SCALE is missing"),
      ("  trip_layer0_rows,", "  trip_layer9_rows,", "'trip_layer9_rows' is not defined"),
      ("  trip_layers,", "  { trip_layers },", "'trip_model'[11] is no name"),
      ("{ GRU_LAYER_CELL, 3, 4,", "{ GRU_LAYER_CELL, 3, four,", "[2] is no whole number"),
      (
        "  { GRU_LAYER_CELL, 3, 4, &trip_layer0, NULL, NULL },", "  NULL,",
        "'trip_layers[0]' has no list, expected 6"
      ),
      (
        "  { GRU_LAYER_CELL, 3, 4, &trip_layer0, NULL, NULL },", "  { NULL },",
        "'trip_layers[0]' has 1 values, expected 6"
      ),
      (
        "  { GRU_LAYER_CELL, 3, 4, &trip_layer0, NULL, NULL },",
        "  { " + String(repeating: "1, ", count: 985) + " },",
        "has more than 1000 values in one structure"
      ),
      (
        "  { GRU_LAYER_CELL, 3, 4, &trip_layer0, NULL, NULL },",
        "  { " + String(repeating: "1, ", count: 984) + " },",
        "'trip_layers[0]' has 984 values, expected 6"
      ),
      (
        "trip_layer0_rows[40] = {",
        "trip_layer0_rows[40] = { { " + String(repeating: "1, ", count: 999) + "}, "
          + String(repeating: "1, ", count: 39) + "};\nstatic const int trip_unused[40] = {",
        "'trip_layer0_rows'[0] is a list, expected Int32"
      ),
      ("  GRU_RESET_AFTER,", "  { 1 },", "is no name"),
      ("trip_layer0_rows[40] = {\n  ", "trip_layer0_rows[40] = {\n  {},", "41 values, expected 40"),
      ("trip_layer0_rows[40] = {\n  ", "trip_layer0_rows[40] = {\n  a + ", "expected Int32"),
      ("trip_layers[3] = {", "trip_layers[3] = }", "found '}', expected ';'"),
      ("trip_layers[3] = {", "trip_layers[3] = { {;", "found ';', expected '}'"),
      ("trip_layers[3] = {", "trip_layers[3] {", "found '{', expected '='"),
      ("trip_layers[3] = {", "trip_layers[3 = {", "found '=', expected ']'"),
      ("trip_layers[3] = {", "(trip_layers)[3] = {", "found '(', expected a name or a number"),
      ("trip_layers[3] = {", "trip_layers[3] = {\n#else\n", "found '#else', expected ';'"),
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
    network[cell: 0].carryBits = 4
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

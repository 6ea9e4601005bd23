import CGRU
import Foundation
public import GRUQuantizer
import GRURuntime
public import ModelFiles

extension QuantizedNetwork {
  /// Bytes of text: four for each byte of flash, of which no microcontroller has 16 MiB.
  private static let headerSizeLimit = 64 << 20

  /// Reads back the header that the quantizer wrote: the very file that a device compiles.
  ///
  /// - Throws: `InputError` with file and line for a header that is cut off, edited or foreign; its
  ///   checksum must match its constants.
  public init(header path: String) throws(InputError) {
    try self.init(header: InputFile(path: path, limit: Self.headerSizeLimit))
  }

  public init(header file: InputFile) throws(InputError) {
    let reader = HeaderReader(try CHeader(file))
    self = try reader.network()
    let stated = try reader.checksum()
    guard checksum == stated else {
      throw file.error(
        "its constants have CRC-32 \(hexadecimal(checksum)), expected \(hexadecimal(stated)): "
          + "it was edited or damaged after it was written")
    }
    do throws(GRUError) {
      _ = try RuntimeModel(self)
    } catch {
      throw file.error("the runtime refuses this network: \(error)")
    }
  }
}

func hexadecimal(_ value: UInt32) -> String { String(format: "0x%08X", value) }

/// Turns the initializers of a header into a network, structure by structure.
private struct HeaderReader {
  let header: CHeader

  init(_ header: CHeader) { self.header = header }

  func network() throws(InputError) -> QuantizedNetwork {
    try checkVersion()
    let models = header.definitions.filter { $0.value.type == "gru_model_t" }
    guard let (symbol, model) = models.first, models.count == 1, symbol.hasSuffix("_model") else {
      throw header.file.error("has no gru_model_t, expected a header that gru quantize wrote")
    }
    let name = String(symbol.dropLast("_model".count))
    let fields = try HeaderFields(symbol, model, count: 12, of: header)
    _ = try fields.word(0, ["GRU_FORMAT_VERSION"])
    let inputKind = try fields.word(4, ["GRU_INPUT_VECTOR", "GRU_INPUT_TOKEN"])
    let layers = try self.layers(
      try fields.name(11), count: try fields.integer(1, in: 1...NetworkDescription.layerLimit))
    let network = QuantizedNetwork(
      name: name,
      input: inputKind == "GRU_INPUT_TOKEN"
        ? .tokens : try input(name, fields, count: layers.first?.inputSize ?? 0),
      layers: layers)
    let prefix = name.uppercased()
    for (macro, value) in [
      ("INPUT_SIZE", network.inputSize), ("OUTPUT_SIZE", network.outputSize),
      ("STATE_SIZE", network.stateSize), ("SCRATCH_SIZE", network.scratchSize),
    ] where header.macros["\(prefix)_\(macro)"] != String(value) {
      throw header.file.error(
        "\(prefix)_\(macro) is \(header.macros["\(prefix)_\(macro)"] ?? "missing"), "
          + "expected \(value) for these layers")
    }
    return network
  }

  private func checkVersion() throws(InputError) {
    guard let version = header.formatVersion else {
      throw header.file.error("has no format version, expected a header that gru quantize wrote")
    }
    guard version.number == String(GRU_FORMAT_VERSION) else {
      throw InputError(
        header.file.name,
        "line \(version.line): has format version \(version.number), expected \(GRU_FORMAT_VERSION)",
        notes: ["hint: quantize the network anew"])
    }
  }

  func checksum() throws(InputError) -> UInt32 {
    let macros = header.macros.filter { $0.key.hasSuffix("_CRC32") }
    guard macros.count == 1, let text = macros.first?.value, text.hasPrefix("0x"),
      let value = UInt32(text.dropFirst(2).prefix { $0.isHexDigit }, radix: 16)
    else { throw header.file.error("has no checksum, expected one macro that ends in _CRC32") }
    return value
  }

  /// Scales and offsets of the input, one scale for all features in a macro.
  private func input(
    _ name: String, _ model: HeaderFields, count: Int
  ) throws(InputError) -> QuantizedInput {
    func floats(_ index: Int) throws(InputError) -> [Float] {
      let symbol = try model.name(index)
      guard symbol != "NULL" else { return [] }
      return try elements(symbol, count: count) { value in
        if case .real(let real) = value { real } else { nil }
      }
    }
    var scales = try floats(9)
    if scales.isEmpty {
      let macro = "\(name.uppercased())_INPUT_SCALE"
      let text = header.macros[macro] ?? ""
      guard text.hasSuffix("f"), let scale = Float(text.dropLast()) else {
        throw header.file.error("\(macro) is missing or not a float")
      }
      scales = [scale]
    }
    guard scales.allSatisfy({ $0.isFinite && $0 > 0 }) else {
      throw header.file.error("an input scale is not a positive float")
    }
    return .vector(scales: scales, offsets: try floats(10))
  }

  private func layers(_ symbol: String, count: Int) throws(InputError) -> [QuantizedLayer] {
    let list = try HeaderFields(symbol, try definition(symbol), count: count, of: header)
    var layers: [QuantizedLayer] = []
    for index in 0..<count {
      let fields = try list.fields(index, count: 6)
      let inputs = try fields.integer(1, in: 1...65_535)
      let outputs = try fields.integer(2, in: 1...65_535)
      switch try fields.name(0) {
      case "GRU_LAYER_EMBEDDING":
        let symbol = try fields.name(5)
        let embedding = try HeaderFields(symbol, try definition(symbol), count: 1, of: header)
        let rows = try integers(try embedding.name(0), count: inputs * outputs, Int16.self)
        layers.append(.embedding(.init(tokens: inputs, width: outputs, rows: rows)))
      case "GRU_LAYER_CELL":
        layers.append(.cell(try cell(try fields.name(3), inputs: inputs, outputs: outputs)))
      case "GRU_LAYER_DENSE":
        layers.append(.dense(try dense(try fields.name(4), inputs: inputs, outputs: outputs)))
      case let kind:
        throw header.error(fields.line, "layer \(index) is \(kind), which this program doesn't run")
      }
    }
    return layers
  }

  private func cell(_ symbol: String, inputs: Int, outputs: Int) throws(InputError) -> QuantizedCell
  {
    let fields = try HeaderFields(symbol, try definition(symbol), count: 11, of: header)
    try requireConstants(
      of: fields, inputs, outputs, weights: 3 * (inputs + outputs) * outputs,
      tokens: try fields.name(3))
    let list = try fields.fields(9, count: 6)
    func gates(_ first: Int, columns: Int) throws(InputError) -> Gates<QuantizedMatrix> {
      func matrix(_ index: Int) throws(InputError) -> QuantizedMatrix {
        try self.matrix(try list.fields(index, count: 3), rows: outputs, columns: columns)
      }
      return Gates(
        reset: try matrix(first), update: try matrix(first + 2), candidate: try matrix(first + 4))
    }
    let none = Array(repeating: Int32(0), count: outputs)
    let initialState = try fields.name(4)
    let cell = QuantizedCell(
      reset: try fields.choice(7, ResetMode.allCases, \.symbol),
      candidate: try fields.choice(8, [Activation.tanh, .relu], \.symbol),
      input: try gates(0, columns: inputs), recurrent: try gates(1, columns: outputs),
      bias: Gates(reset: none, update: none, candidate: none), recurrentBias: nil,
      initialState: initialState == "NULL"
        ? nil : try integers(initialState, count: outputs, Int16.self),
      preActivationShift: try fields.integer(5, in: 0...18),
      carryBits: try fields.integer(10, in: 0...8),
      stateExponent: try fields.integer(6, in: 0...12))
    let stream = try stream(fields, like: cell.stream)
    guard let read = cell.with(stream) else { throw unreadable(fields) }
    return read
  }

  private func dense(
    _ symbol: String, inputs: Int, outputs: Int
  ) throws(InputError) -> QuantizedDense {
    let fields = try HeaderFields(symbol, try definition(symbol), count: 7, of: header)
    try requireConstants(of: fields, inputs, outputs, weights: inputs * outputs)
    let dense = QuantizedDense(
      weights: try matrix(try fields.fields(3, count: 3), rows: outputs, columns: inputs),
      bias: Array(repeating: 0, count: outputs),
      activation: try fields.choice(4, Activation.allCases, \.symbol),
      preActivationShift: try fields.integer(5, in: 0...18),
      outputExponent: try fields.integer(6, in: -2...12))
    let stream = try stream(fields, like: dense.stream)
    guard let read = dense.with(stream) else { throw unreadable(fields) }
    return read
  }

  /// What a matrix is, with zeros for weights.
  private func matrix(
    _ fields: HeaderFields, rows: Int, columns: Int
  ) throws(InputError) -> QuantizedMatrix {
    let format = try fields.choice(0, WeightFormat.allCases, \.symbol)
    let layout = try fields.choice(1, WeightLayout.allCases, \.symbol)
    let shifts = layout == .tokens ? 0...31 : format == .int8 ? 0...0 : 1...31
    return QuantizedMatrix(
      rows: rows, columns: columns, format: format, layout: layout,
      weights: Array(repeating: 0, count: rows * columns),
      multipliers: layout == .tokens ? [] : Array(repeating: 0, count: rows),
      shift: try fields.integer(2, in: shifts))
  }

  /// A word holds at most four weights: sizes that ask for more are refused before memory is given
  /// to them.
  private func requireConstants(
    of fields: HeaderFields, _ inputs: Int, _ outputs: Int, weights: Int, tokens: String = "NULL"
  ) throws(InputError) {
    func count(_ symbol: String) throws(InputError) -> Int {
      try definition(symbol).count ?? 0
    }
    let words = try count(try fields.name(1))
    let entries = tokens == "NULL" ? 0 : try count(tokens)
    guard weights <= 4 * words + entries else {
      throw header.error(
        fields.line,
        "'\(fields.symbol)' has \(words) words of weights, too few for \(inputs) x \(outputs)")
    }
  }

  /// The constants of a layer, as many as its shape asks for.
  private func stream(
    _ fields: HeaderFields, like stream: ConstantStream
  ) throws(InputError) -> ConstantStream {
    ConstantStream(
      weights: try integers(try fields.name(1), count: stream.weights.count, UInt32.self),
      rows: try integers(try fields.name(2), count: stream.rows.count, Int32.self),
      tokens: stream.tokens.isEmpty
        ? [] : try integers(try fields.name(3), count: stream.tokens.count, Int16.self))
  }

  private func unreadable(_ fields: HeaderFields) -> InputError {
    header.error(fields.line, "'\(fields.symbol)' has constants that no weights make")
  }

  private func integers<T: FixedWidthInteger>(
    _ symbol: String, count: Int, _: T.Type
  ) throws(InputError) -> [T] {
    try elements(symbol, count: count) { value in
      if case .integer(let integer) = value { T(exactly: integer) } else { nil }
    }
  }

  /// The elements of an array, each of which must fit its type.
  private func elements<T>(
    _ symbol: String, count: Int, _ element: (CHeader.Value) -> T?
  ) throws(InputError) -> [T] {
    let definition = try definition(symbol)
    try header.require(count, of: symbol, definition)
    var values = header.values(of: definition)
    var result: [T] = []
    result.reserveCapacity(count)
    for index in 0..<count {
      let value = try values.next()
      guard let element = element(value) else {
        throw values.error("'\(symbol)'[\(index)] is \(value), expected \(T.self)")
      }
      result.append(element)
    }
    return result
  }

  private func definition(_ symbol: String) throws(InputError) -> CHeader.Definition {
    guard let definition = header.definitions[symbol] else {
      throw header.file.error("'\(symbol)' is not defined")
    }
    return definition
  }
}

import CGRU
import Foundation
public import GRUQuantizer
public import ModelFiles

extension QuantizedNetwork {
  /// Reads back the header that the quantizer wrote: the very file that a device compiles.
  ///
  /// - Throws: `InputError` with file and line for a header that is cut off, edited or foreign; its
  ///   checksum must match its constants.
  public init(header path: String) throws(InputError) {
    try self.init(header: InputFile(path: path))
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
  }
}

private func hexadecimal(_ value: UInt32) -> String { String(format: "0x%08X", value) }

/// Turns the initializers of a header into a network, structure by structure.
private struct HeaderReader {
  let header: CHeader

  init(_ header: CHeader) { self.header = header }

  func network() throws(InputError) -> QuantizedNetwork {
    let models = header.definitions.filter { $0.value.type == "gru_model_t" }
    guard let (symbol, model) = models.first, models.count == 1, symbol.hasSuffix("_model") else {
      throw header.file.error("has no gru_model_t, expected a header that gru quantize wrote")
    }
    let name = String(symbol.dropLast("_model".count))
    let fields = try Fields(symbol, model, count: 12, of: header)
    let layerCount = try fields.integer(1)
    let layers = try self.layers(try fields.name(11), count: layerCount)
    let network = QuantizedNetwork(name: name, inputScale: try inputScale(name), layers: layers)
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

  func checksum() throws(InputError) -> UInt32 {
    let macros = header.macros.filter { $0.key.hasSuffix("_CRC32") }
    guard macros.count == 1, let text = macros.first?.value, text.hasPrefix("0x"),
      let value = UInt32(text.dropFirst(2).prefix { $0.isHexDigit }, radix: 16)
    else { throw header.file.error("has no checksum, expected one macro that ends in _CRC32") }
    return value
  }

  private func inputScale(_ name: String) throws(InputError) -> Float {
    let macro = "\(name.uppercased())_INPUT_SCALE"
    guard let text = header.macros[macro], text.hasSuffix("f"),
      let scale = Float(text.dropLast()), scale.isFinite, scale > 0
    else { throw header.file.error("\(macro) is missing or not a positive float") }
    return scale
  }

  private func layers(_ symbol: String, count: Int) throws(InputError) -> [QuantizedLayer] {
    let list = try Fields(symbol, try definition(symbol), count: count, of: header)
    var layers: [QuantizedLayer] = []
    for index in 0..<count {
      let fields = try list.fields(index, count: 6)
      let (inputs, outputs) = (try fields.integer(1), try fields.integer(2))
      switch try fields.name(0) {
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
    let fields = try Fields(symbol, try definition(symbol), count: 10, of: header)
    try fields.require(5, "GRU_RESET_AFTER")
    try fields.require(6, "GRU_ACTIVATION_TANH")
    let bias = try integers(try fields.name(2), count: 3 * outputs, Int32.self)
    let recurrentBias = try fields.name(3)
    return QuantizedCell(
      input: try gates(fields.fields(0, count: 3), rows: outputs, columns: inputs),
      recurrent: try gates(fields.fields(1, count: 3), rows: outputs, columns: outputs),
      bias: Gates(
        reset: Array(bias[..<outputs]), update: Array(bias[outputs..<2 * outputs]),
        candidate: Array(bias[(2 * outputs)...])),
      recurrentBias: recurrentBias == "NULL"
        ? nil : try integers(recurrentBias, count: outputs, Int32.self),
      preActivationShift: try fields.integer(7, in: 0...18),
      carryBits: try fields.integer(8, in: 0...8))
  }

  private func dense(
    _ symbol: String, inputs: Int, outputs: Int
  ) throws(InputError) -> QuantizedDense {
    let fields = try Fields(symbol, try definition(symbol), count: 5, of: header)
    let activation = try fields.name(2)
    guard
      let known = Activation.allCases.first(where: {
        "GRU_ACTIVATION_\($0.rawValue.uppercased())" == activation
      })
    else { throw header.error(fields.line, "'\(activation)' is no activation") }
    return QuantizedDense(
      weights: try matrix(try fields.fields(0, count: 5), rows: outputs, columns: inputs),
      bias: try integers(try fields.name(1), count: outputs, Int32.self),
      activation: known, preActivationShift: try fields.integer(3, in: 0...18))
  }

  private func gates(
    _ fields: Fields, rows: Int, columns: Int
  ) throws(InputError) -> Gates<QuantizedMatrix> {
    Gates(
      reset: try matrix(fields.fields(0, count: 5), rows: rows, columns: columns),
      update: try matrix(fields.fields(1, count: 5), rows: rows, columns: columns),
      candidate: try matrix(fields.fields(2, count: 5), rows: rows, columns: columns))
  }

  private func matrix(
    _ fields: Fields, rows: Int, columns: Int
  ) throws(InputError) -> QuantizedMatrix {
    try fields.require(3, "GRU_LAYOUT_ROWS")
    let format: WeightFormat =
      switch try fields.name(2) {
      case "GRU_WEIGHTS_INT8": .int8
      case "GRU_WEIGHTS_INT16": .int16
      case let other: throw header.error(fields.line, "'\(other)' is no weight format")
      }
    let symbol = try fields.name(0)
    let weights =
      switch format {
      case .int8: try integers(symbol, count: rows * columns, Int8.self).map { Int16($0) }
      case .int16: try integers(symbol, count: rows * columns, Int16.self)
      }
    return QuantizedMatrix(
      rows: rows, columns: columns, format: format, weights: weights,
      multipliers: try integers(try fields.name(1), count: rows, Int32.self),
      shift: try fields.integer(4, in: format == .int8 ? 0...0 : 1...31))
  }

  /// The elements of an array, each of which must fit its type.
  private func integers<T: FixedWidthInteger>(
    _ symbol: String, count: Int, _: T.Type
  ) throws(InputError) -> [T] {
    let fields = try Fields(symbol, try definition(symbol), count: count, of: header)
    var result: [T] = []
    result.reserveCapacity(count)
    for index in 0..<count {
      let value = try fields.integer(index)
      guard let element = T(exactly: value) else {
        throw header.error(
          fields.line, "'\(symbol)'[\(index)] is \(value), expected \(T.min) to \(T.max)")
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

/// The values between one pair of braces.
private struct Fields {
  let header: CHeader
  let symbol: String
  let line: Int
  private let values: [CHeader.Value]

  init(
    _ symbol: String, _ definition: CHeader.Definition, count: Int, of header: CHeader
  ) throws(InputError) {
    try self.init(symbol, definition.value, line: definition.line, count: count, of: header)
  }

  private init(
    _ symbol: String, _ value: CHeader.Value, line: Int, count: Int, of header: CHeader
  ) throws(InputError) {
    guard case .list(let values) = value, values.count == count else {
      let found = if case .list(let values) = value { "\(values.count) values" } else { "no list" }
      throw header.error(line, "'\(symbol)' has \(found), expected \(count)")
    }
    self.header = header
    self.symbol = symbol
    self.line = line
    self.values = values
  }

  func fields(_ index: Int, count: Int) throws(InputError) -> Fields {
    try Fields("\(symbol)[\(index)]", values[index], line: line, count: count, of: header)
  }

  func name(_ index: Int) throws(InputError) -> String {
    guard case .name(let name) = values[index] else {
      throw header.error(line, "'\(symbol)'[\(index)] is no name")
    }
    return name
  }

  func integer(_ index: Int) throws(InputError) -> Int {
    guard case .integer(let value) = values[index] else {
      throw header.error(line, "'\(symbol)'[\(index)] is no whole number")
    }
    return value
  }

  func integer(_ index: Int, in range: ClosedRange<Int>) throws(InputError) -> Int {
    let value = try integer(index)
    guard range.contains(value) else {
      throw header.error(
        line,
        "'\(symbol)'[\(index)] is \(value), expected \(range.lowerBound) to \(range.upperBound)"
      )
    }
    return value
  }

  func require(_ index: Int, _ expected: String) throws(InputError) {
    let found = try name(index)
    guard found == expected else {
      throw header.error(line, "'\(symbol)'[\(index)] is \(found), expected \(expected)")
    }
  }
}

import ModelFiles

/// The values between one pair of braces.
struct HeaderFields {
  let header: CHeader
  let symbol: String
  let line: Int
  private let values: [CHeader.Value]

  init(
    _ symbol: String, _ definition: CHeader.Definition, count: Int, of header: CHeader
  ) throws(InputError) {
    try header.require(count, of: symbol, definition)
    var values = header.values(of: definition)
    try self.init(
      symbol, try values.structure(), line: definition.line, count: count, of: header)
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

  func fields(_ index: Int, count: Int) throws(InputError) -> HeaderFields {
    try HeaderFields("\(symbol)[\(index)]", values[index], line: line, count: count, of: header)
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

  func word(_ index: Int, _ words: [String]) throws(InputError) -> String {
    try choice(index, words, \.self)
  }

  /// One of several settings, by its symbol.
  func choice<Setting>(
    _ index: Int, _ settings: [Setting], _ symbol: KeyPath<Setting, String>
  ) throws(InputError) -> Setting {
    let found = try name(index)
    guard let setting = settings.first(where: { $0[keyPath: symbol] == found }) else {
      let expected = settings.map { $0[keyPath: symbol] }.joined(separator: " or ")
      throw header.error(line, "'\(self.symbol)'[\(index)] is \(found), expected \(expected)")
    }
    return setting
  }
}

extension CHeader {
  /// A definition must have as many values as its user takes.
  func require(
    _ count: Int, of symbol: String, _ definition: Definition
  ) throws(InputError) {
    guard definition.count == count else {
      let found = definition.count.map { "\($0) values" } ?? "no list"
      throw error(definition.line, "'\(symbol)' has \(found), expected \(count)")
    }
  }
}

public import Foundation

/// A JSON value, read strictly: objects keep their order and have no key twice, numbers keep
/// their text, so that `3`, `3.0` and `3e0` can be told apart.
///
/// Foundation's reader accepts duplicate keys and forgets both; model files may have neither.
public enum JSON: Equatable, Sendable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSON])
  case object([Member])

  public struct Member: Equatable, Sendable {
    public var key: String
    public var value: JSON

    public init(key: String, value: JSON) {
      self.key = key
      self.value = value
    }
  }

  /// What is wrong, and at which byte.
  public struct SyntaxError: Error, Equatable {
    public var message: String
    public var offset: Int
  }

  public static let depthLimit = 32

  /// Reads one value that fills `bytes`, apart from trailing white space.
  public init(_ bytes: Data) throws(SyntaxError) {
    let bytes = [UInt8](bytes)
    if let offset = firstInvalidUTF8(bytes) {
      throw SyntaxError(message: "is not valid UTF-8", offset: offset)
    }
    guard !bytes.starts(with: [0xEF, 0xBB, 0xBF]) else {
      throw SyntaxError(message: "begins with a byte order mark", offset: 0)
    }
    var parser = JSONParser(bytes: bytes)
    self = try parser.document()
  }

  public subscript(key: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  public var string: String? {
    if case .string(let text) = self { text } else { nil }
  }

  public var array: [JSON]? {
    if case .array(let values) = self { values } else { nil }
  }

  public var members: [Member]? {
    if case .object(let members) = self { members } else { nil }
  }

  /// A finite number.
  public var double: Double? {
    guard case .number(let text) = self, let value = Double(text), value.isFinite else {
      return nil
    }
    return value
  }

  /// A whole number at least 0, written in digits alone.
  public var count: Int? {
    guard case .number(let text) = self, text.allSatisfy(\.isNumber) else { return nil }
    return Int(text)
  }
}

/// Where the first byte that is no UTF-8 stands.
private func firstInvalidUTF8(_ bytes: [UInt8]) -> Int? {
  guard String(validating: bytes, as: UTF8.self) == nil else { return nil }
  var (decoder, iterator, offset) = (UTF8(), bytes.makeIterator(), 0)
  while case .scalarValue(let scalar) = decoder.decode(&iterator) {
    offset += UTF8.width(scalar)
  }
  return offset
}

/// Recursive descent over RFC 8259.
private struct JSONParser {
  let bytes: [UInt8]
  var offset = 0
  var depth = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(JSON.SyntaxError) -> JSON {
    let value = try value()
    skipSpace()
    guard offset == bytes.count else { throw error("has something after its end") }
    return value
  }

  func error(_ message: String) -> JSON.SyntaxError {
    JSON.SyntaxError(message: message, offset: offset)
  }

  var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      offset += 1
    }
  }

  mutating func take(_ character: Character) -> Bool {
    guard next == character.asciiValue else { return false }
    offset += 1
    return true
  }

  mutating func value() throws(JSON.SyntaxError) -> JSON {
    skipSpace()
    guard let byte = next else { throw error("ends too early") }
    switch byte {
    case UInt8(ascii: "{"):
      return try nested { parser throws(JSON.SyntaxError) in try parser.object() }
    case UInt8(ascii: "["):
      return try nested { parser throws(JSON.SyntaxError) in try parser.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  mutating func nested(
    _ body: (inout JSONParser) throws(JSON.SyntaxError) -> JSON
  ) throws(JSON.SyntaxError) -> JSON {
    depth += 1
    defer { depth -= 1 }
    guard depth <= JSON.depthLimit else {
      throw error("is nested deeper than \(JSON.depthLimit) levels")
    }
    offset += 1
    return try body(&self)
  }

  mutating func object() throws(JSON.SyntaxError) -> JSON {
    var members: [JSON.Member] = []
    var keys: Set<String> = []
    skipSpace()
    if take("}") { return .object([]) }
    repeat {
      skipSpace()
      let start = offset
      let key = try string()
      guard keys.insert(key).inserted else {
        throw JSON.SyntaxError(message: "has the key '\(key)' twice", offset: start)
      }
      skipSpace()
      guard take(":") else { throw error("has no ':' after a key") }
      members.append(JSON.Member(key: key, value: try value()))
      skipSpace()
    } while take(",")
    guard take("}") else { throw error("has no ',' or '}' after a member") }
    return .object(members)
  }

  mutating func array() throws(JSON.SyntaxError) -> JSON {
    var values: [JSON] = []
    skipSpace()
    if take("]") { return .array([]) }
    repeat {
      values.append(try value())
      skipSpace()
    } while take(",")
    guard take("]") else { throw error("has no ',' or ']' after a value") }
    return .array(values)
  }

  mutating func word(_ text: String, _ value: JSON) throws(JSON.SyntaxError) -> JSON {
    guard bytes[offset...].starts(with: Array(text.utf8)) else {
      throw error("has an unknown word")
    }
    offset += text.utf8.count
    return value
  }

  /// -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?
  mutating func number() throws(JSON.SyntaxError) -> JSON {
    let start = offset
    _ = take("-")
    if !take("0") { try digits() }
    if take(".") { try digits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try digits()
    }
    return .number(String(decoding: bytes[start..<offset], as: UTF8.self))
  }

  mutating func digits() throws(JSON.SyntaxError) {
    let start = offset
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
    guard offset > start else { throw error("has no value where one is expected") }
  }

  mutating func string() throws(JSON.SyntaxError) -> String {
    guard take("\"") else { throw error("has no string where one is expected") }
    let start = offset
    while let byte = next, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw error("has a control character in a string") }
      offset = min(offset + (byte == UInt8(ascii: "\\") ? 2 : 1), bytes.count)
    }
    guard offset < bytes.count else { throw error("has a string without end") }
    offset += 1
    return try unescape(start - 1..<offset)
  }

  /// Escapes are left to Foundation: a lone quoted string is a JSON document.
  func unescape(_ range: Range<Int>) throws(JSON.SyntaxError) -> String {
    let quoted = Data(bytes[range])
    guard quoted.contains(UInt8(ascii: "\\")) else {
      return String(decoding: quoted.dropFirst().dropLast(), as: UTF8.self)
    }
    let text = try? JSONSerialization.jsonObject(with: quoted, options: .fragmentsAllowed)
    guard let text = text as? String else {
      throw JSON.SyntaxError(message: "has a wrong escape in a string", offset: range.lowerBound)
    }
    return text
  }
}

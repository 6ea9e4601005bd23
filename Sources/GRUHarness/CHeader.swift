import Foundation
import ModelFiles

/// The definitions of a generated header: `#define` lines and `static const` initializers.
///
/// This reads what the header writer writes, not C at large; anything else is an error with its
/// line.
struct CHeader {
  /// The value of an initializer.
  indirect enum Value: Equatable {
    case integer(Int)
    case real(Float)
    case name(String)
    case list([Value])
  }

  struct Definition {
    var type: String
    var value: Value
    var line: Int
  }

  let file: InputFile
  private(set) var macros: [String: String] = [:]
  private(set) var definitions: [String: Definition] = [:]

  init(_ file: InputFile) throws(InputError) {
    self.file = file
    guard let text = String(data: file.bytes, encoding: .utf8) else {
      throw file.error("is not valid UTF-8")
    }
    for line in text.split(separator: "\n") where line.hasPrefix("#define ") {
      let words = line.split(separator: " ", maxSplits: 2)
      if words.count == 3 { macros[String(words[1])] = String(words[2]) }
    }
    var parser = Parser(tokens: CTokens(text).tokens, file: file)
    definitions = try parser.definitions()
  }

  func error(_ line: Int, _ message: String) -> InputError {
    file.error("line \(line): \(message)")
  }
}

/// Finds each `static const TYPE NAME = …;` and reads its initializer.
private struct Parser {
  let tokens: [CTokens.Token]
  let file: InputFile
  var position = 0

  mutating func definitions() throws(InputError) -> [String: CHeader.Definition] {
    var found: [String: CHeader.Definition] = [:]
    while position < tokens.count {
      guard at("static"), position + 1 < tokens.count, tokens[position + 1].text == "const" else {
        position += 1
        continue
      }
      position += 2
      let line = self.line
      let type = try word()
      let name = try word()
      if at("[") {
        try expect("[")
        _ = try word()
        try expect("]")
      }
      try expect("=")
      let value = try value(depth: 0)
      try expect(";")
      guard found.updateValue(.init(type: type, value: value, line: line), forKey: name) == nil
      else { throw file.error("line \(line): '\(name)' is defined twice") }
    }
    return found
  }

  private var line: Int { tokens[min(position, tokens.count - 1)].line }

  private func at(_ text: String) -> Bool {
    position < tokens.count && tokens[position].text == text
  }

  private mutating func word() throws(InputError) -> String {
    guard position < tokens.count, let first = tokens[position].text.first,
      first.isLetter || first.isNumber
    else { throw unexpected("a name or a number") }
    position += 1
    return String(tokens[position - 1].text)
  }

  private mutating func expect(_ text: String) throws(InputError) {
    guard at(text) else { throw unexpected("'\(text)'") }
    position += 1
  }

  private func unexpected(_ expected: String) -> InputError {
    guard position < tokens.count else {
      return file.error("line \(line): ends too early, expected \(expected)")
    }
    return file.error("line \(line): found '\(tokens[position].text)', expected \(expected)")
  }

  private mutating func value(depth: Int) throws(InputError) -> CHeader.Value {
    if at("{") {
      guard depth < 8 else { throw file.error("line \(line): braces are nested too deeply") }
      return try list(depth: depth)
    }
    if at("&") {
      position += 1
      return .name(try word())
    }
    let negative = at("-")
    if negative { position += 1 }
    let text = try word()
    guard text.first!.isNumber else { return .name(text) }
    if text.hasSuffix("f"), let real = Float(text.dropLast()) {
      return .real(negative ? -real : real)
    }
    let isHexadecimal = text.hasPrefix("0x")
    guard var number = Int(text.dropFirst(isHexadecimal ? 2 : 0), radix: isHexadecimal ? 16 : 10)
    else {
      throw file.error("line \(line): '\(text)' is not a number")
    }
    if negative { number = -number }
    // The smallest int32 is written as -2147483647 - 1.
    if at("-") {
      position += 1
      number -= Int(try word()) ?? 0
    }
    return .integer(number)
  }

  private mutating func list(depth: Int) throws(InputError) -> CHeader.Value {
    try expect("{")
    var values: [CHeader.Value] = []
    while !at("}") {
      values.append(try value(depth: depth + 1))
      if !at("}") { try expect(",") }
    }
    try expect("}")
    return .list(values)
  }
}

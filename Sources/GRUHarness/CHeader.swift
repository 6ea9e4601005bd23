import Foundation
import ModelFiles

/// The definitions of a generated header: `#define` lines and `static const` initializers.
///
/// This reads what the header writer writes, not C at large; anything else is an error with its
/// line. Initializers are read when they are asked for, so that no list takes memory before its
/// length is known to be right.
struct CHeader {
  /// A `static const` definition.
  struct Definition {
    var type: String
    var line: Int
    /// Values between the outer braces; nil for a single value.
    var count: Int?
    fileprivate var initializer: CTokens
  }

  let file: InputFile
  private(set) var macros: [String: String] = [:]
  private(set) var definitions: [String: Definition] = [:]
  /// N of `#if GRU_FORMAT_VERSION != N`, and its line.
  private(set) var formatVersion: (number: String, line: Int)?

  /// Sixteen layers have fewer than a hundred definitions, and sizes for each.
  private static let lineLimit = 1_000
  private var lines = 0

  init(_ file: InputFile) throws(InputError) {
    self.file = file
    var scanner = Scanner(tokens: CTokens([UInt8](file.bytes)), file: file)
    var openConditions: [Int] = []
    while let token = try scanner.next() {
      switch token {
      case .directive(let place):
        try countLine()
        try read(directive: scanner.tokens.text(place), line: scanner.line, &openConditions)
      case .word(let place)
      where scanner.tokens.holds("static", at: place) && scanner.tokens.skip("const"):
        try countLine()
        try define(&scanner)
      default: break
      }
    }
    if let line = openConditions.last {
      throw error(line, "has no '#endif': the file was cut off")
    }
  }

  private mutating func countLine() throws(InputError) {
    lines += 1
    guard lines <= Self.lineLimit else {
      throw file.error(
        "has more than \(Self.lineLimit) definitions, expected a header that gru quantize wrote")
    }
  }

  private mutating func read(
    directive: String, line: Int, _ openConditions: inout [Int]
  ) throws(InputError) {
    let words = directive.split(separator: " ", maxSplits: 2)
    switch words.first {
    case "#define" where words.count == 3:
      macros[String(words[1])] = String(words[2])
    case "#if", "#ifdef", "#ifndef":
      openConditions.append(line)
      let version = directive.split(separator: " ")
      if version.prefix(3) == ["#if", "GRU_FORMAT_VERSION", "!="], version.count == 4 {
        formatVersion = (String(version[3]), line)
      }
    case "#endif":
      guard openConditions.popLast() != nil else {
        throw error(line, "'#endif' has no '#if' before it")
      }
    default: break
    }
  }

  /// Reads `TYPE NAME[COUNT] = …;`, after `static const`.
  private mutating func define(_ scanner: inout Scanner) throws(InputError) {
    let type = try scanner.word()
    let name = try scanner.word()
    let line = scanner.line
    if try scanner.skip("[") {
      _ = try scanner.word()
      try scanner.expect("]")
    }
    try scanner.expect("=")
    let initializer = scanner.tokens
    let count = try scanner.skipInitializer()
    let definition = Definition(type: type, line: line, count: count, initializer: initializer)
    guard definitions.updateValue(definition, forKey: name) == nil else {
      throw error(line, "'\(name)' is defined twice")
    }
  }

  func error(_ line: Int, _ message: String) -> InputError {
    file.error("line \(line): \(message)")
  }

  /// The values of a definition, read one after the other.
  func values(of definition: Definition) -> Values {
    Values(scanner: Scanner(tokens: definition.initializer, file: file))
  }
}

extension CHeader {
  /// What stands between commas.
  indirect enum Value: Equatable, CustomStringConvertible {
    case integer(Int)
    case real(Float)
    case name(String)
    case list([Value])

    var description: String {
      switch self {
      case .integer(let value): String(value)
      case .real(let value): "\(value)f"
      case .name(let name): name
      case .list: "a list"
      }
    }
  }

  /// An initializer from its start to its end.
  struct Values {
    private var scanner: Scanner
    /// Values in a structure's initializer, those in inner braces included.
    private static let limit = 1_000
    private var count = 0

    fileprivate init(scanner: Scanner) { self.scanner = scanner }

    /// The whole of a structure's initializer.
    mutating func structure() throws(InputError) -> Value { try value() }

    /// The next value of an array, and the brace or comma before it.
    mutating func next() throws(InputError) -> Value {
      if try !scanner.skip("{") { try scanner.expect(",") }
      count = 0
      return try value()
    }

    func error(_ message: String) -> InputError { scanner.error(message) }

    /// Braces don't nest deeper than `skipInitializer` let them.
    private mutating func value() throws(InputError) -> Value {
      count += 1
      guard count <= Self.limit else {
        throw scanner.error("has more than \(Self.limit) values in one structure")
      }
      if try scanner.skip("{") {
        var values: [Value] = []
        while try !scanner.skip("}") {
          values.append(try value())
          guard try scanner.skip(",") else {
            try scanner.expect("}")
            break
          }
        }
        return .list(values)
      }
      if try scanner.skip("&") { return .name(try scanner.word()) }
      let isNegative = try scanner.skip("-")
      let text = try scanner.word()
      guard text.first!.isNumber else { return .name(text) }
      if text.hasSuffix("f"), !text.hasPrefix("0x"), let real = Float(text.dropLast()) {
        return .real(isNegative ? -real : real)
      }
      let number = try integer(text)
      guard isNegative else { return .integer(number) }
      // The smallest int32 is written as -2147483647 - 1.
      guard try scanner.skip("-") else { return .integer(-number) }
      let (sum, overflow) = (-number).subtractingReportingOverflow(try integer(scanner.word()))
      guard !overflow else { throw scanner.error("a sum is not a number") }
      return .integer(sum)
    }

    private func integer(_ text: String) throws(InputError) -> Int {
      let isHexadecimal = text.hasPrefix("0x")
      guard let number = Int(text.dropFirst(isHexadecimal ? 2 : 0), radix: isHexadecimal ? 16 : 10)
      else { throw scanner.error("'\(text.prefix(40))' is not a number") }
      return number
    }
  }
}

/// Asks for tokens that must be there.
private struct Scanner {
  var tokens: CTokens
  let file: InputFile

  var line: Int { tokens.line }

  func error(_ message: String) -> InputError { file.error("line \(line): \(message)") }

  mutating func next() throws(InputError) -> CTokens.Token? {
    let token = tokens.next()
    guard token != .cutOffComment else {
      throw error("a comment has no end: the file was cut off")
    }
    return token
  }

  /// Moves over a punctuation mark, if it is the next token.
  mutating func skip(_ mark: Unicode.Scalar) throws(InputError) -> Bool {
    let before = tokens
    if try next() == .punctuation(UInt8(ascii: mark)) { return true }
    tokens = before
    return false
  }

  mutating func expect(_ mark: Unicode.Scalar) throws(InputError) {
    let token = try next()
    guard token == .punctuation(UInt8(ascii: mark)) else { throw unexpected(token, "'\(mark)'") }
  }

  mutating func word() throws(InputError) -> String {
    let token = try next()
    guard case .word(let place) = token else { throw unexpected(token, "a name or a number") }
    return tokens.text(place)
  }

  /// Moves behind the `;` and counts the values between the outer braces.
  mutating func skipInitializer() throws(InputError) -> Int? {
    var (depth, count, isInValue, hasBraces) = (0, 0, false, false)
    while true {
      let token = try next()
      switch token {
      case .punctuation(UInt8(ascii: "{")):
        guard depth < 8 else { throw error("braces are nested too deeply") }
        if depth == 1 { isInValue = true }
        (depth, hasBraces) = (depth + 1, true)
      case .punctuation(UInt8(ascii: "}")):
        guard depth > 0 else { throw unexpected(token, "';'") }
        depth -= 1
        if depth == 0, isInValue { count += 1 }
      case .punctuation(UInt8(ascii: ",")) where depth == 1:
        (count, isInValue) = (count + 1, false)
      case .punctuation(UInt8(ascii: ";")):
        guard depth == 0 else { throw unexpected(token, "'}'") }
        return hasBraces ? count : nil
      case .directive, nil: throw unexpected(token, "';'")
      default: if depth == 1 { isInValue = true }
      }
    }
  }

  private func unexpected(_ token: CTokens.Token?, _ expected: String) -> InputError {
    let found: String? =
      switch token {
      case .word(let place), .directive(let place): tokens.text(place.prefix(40))
      case .punctuation(let mark): String(UnicodeScalar(mark))
      case .cutOffComment, nil: nil
      }
    guard let found else { return error("ends too early, expected \(expected)") }
    return error("found '\(found)', expected \(expected)")
  }
}

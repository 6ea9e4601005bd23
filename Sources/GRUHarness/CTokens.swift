/// The tokens of a generated header, one after the other: C without comments and white space, each
/// directive as one token.
///
/// Nothing is stored, so that a header of any size is read in little memory.
struct CTokens {
  /// Words and directives are places in the file: most of them are passed over.
  enum Token: Equatable {
    /// A name or a number: letters, digits, `_` and `.`, and the sign of an exponent.
    case word(Range<Int>)
    case punctuation(UInt8)
    /// From `#` to the end of the line.
    case directive(Range<Int>)
    /// A comment without its end.
    case cutOffComment
  }

  private let bytes: [UInt8]
  private var offset = 0
  /// Of the token that was read last.
  private(set) var line = 1
  private var isLineStart = true

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  private var byte: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  mutating func next() -> Token? {
    guard skipSpace() else { return .cutOffComment }
    guard let byte else { return nil }
    defer { isLineStart = false }
    let start = offset
    if byte == UInt8(ascii: "#"), isLineStart {
      offset = directiveEnd
      return .directive(start..<offset)
    }
    guard isWordByte(byte) else {
      offset += 1
      return .punctuation(byte)
    }
    offset = wordEnd
    return .word(start..<offset)
  }

  func text(_ place: Range<Int>) -> String { String(decoding: bytes[place], as: UTF8.self) }

  /// Whether the next token is this word; moves behind it if so.
  mutating func skip(_ word: StaticString) -> Bool {
    let before = self
    if case .word(let place) = next(), holds(word, at: place) { return true }
    self = before
    return false
  }

  func holds(_ word: StaticString, at place: Range<Int>) -> Bool {
    guard place.count == word.utf8CodeUnitCount else { return false }
    return word.withUTF8Buffer { bytes[place].elementsEqual($0) }
  }

  /// Moves over white space and comments; false at a comment without an end.
  private mutating func skipSpace() -> Bool {
    while let byte {
      if byte == UInt8(ascii: "\n") {
        line += 1
        isLineStart = true
      } else if byte == UInt8(ascii: "/"), offset + 1 < bytes.count,
        bytes[offset + 1] == UInt8(ascii: "*")
      {
        guard skipComment() else { return false }
        continue
      } else if byte != UInt8(ascii: " "), byte != UInt8(ascii: "\t"), byte != UInt8(ascii: "\r") {
        return true
      }
      offset += 1
    }
    return true
  }

  /// False where the comment has no end: then it is left where it begins.
  private mutating func skipComment() -> Bool {
    var (end, lines) = (offset + 2, 0)
    while end + 1 < bytes.count {
      if bytes[end] == UInt8(ascii: "*"), bytes[end + 1] == UInt8(ascii: "/") {
        offset = end + 2
        line += lines
        return true
      }
      if bytes[end] == UInt8(ascii: "\n") { lines += 1 }
      end += 1
    }
    return false
  }

  private var directiveEnd: Int {
    bytes[offset...].firstIndex { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
      ?? bytes.count
  }

  private var wordEnd: Int {
    var end = offset + 1
    while end < bytes.count {
      let isSign = bytes[end] == UInt8(ascii: "-") || bytes[end] == UInt8(ascii: "+")
      let isExponent = bytes[end - 1] == UInt8(ascii: "e") && isDigit(bytes[offset])
      guard isWordByte(bytes[end]) || isSign && isExponent else { break }
      end += 1
    }
    return end
  }
}

private func isDigit(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}

private func isWordByte(_ byte: UInt8) -> Bool {
  isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
}

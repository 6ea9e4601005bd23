import Foundation

/// Integers as the inside of a C initializer, 16 a row.
public func cRows(of values: some Collection<some BinaryInteger>) -> String {
  var text = ""
  for (index, value) in values.enumerated() {
    text += index % 16 == 0 ? (index == 0 ? "  " : ",\n  ") : ", "
    // The type of -2147483648 is wider than int: written so, every compiler takes it quietly.
    text += Int(value) == Int(Int32.min) ? "-2147483647 - 1" : String(value)
  }
  return text + "\n"
}

/// 32-bit words as the inside of a C initializer, 8 a row.
func cRows(ofWords words: [UInt32]) -> String {
  stride(from: 0, to: words.count, by: 8).map { start in
    "  "
      + words[start..<min(start + 8, words.count)].map { String(format: "0x%08X", $0) }
      .joined(separator: ", ")
  }.joined(separator: ",\n") + "\n"
}

/// Text as a C string literal. Whatever is no plain character becomes its bytes in octal: unlike a
/// hexadecimal one, an octal escape ends after three digits.
public func cString(_ text: String) -> String {
  let bytes = text.utf8.map { byte in
    let isPlain = (0x20..<0x7F).contains(byte) && !#"\"?"#.utf8.contains(byte)
    return isPlain ? String(UnicodeScalar(byte)) : String(format: "\\%03o", byte)
  }
  return "\"\(bytes.joined())\""
}

/// Text from outside inside a C comment: anything but plain characters becomes '?'.
func commentSafe(_ text: String) -> String {
  String(
    text.map { $0.isASCII && ($0.isLetter || $0.isNumber || " ._-+=".contains($0)) ? $0 : "?" })
}

func aligned(_ text: String, _ width: Int) -> String {
  text.padding(toLength: max(width, text.count), withPad: " ", startingAt: 0)
}

func hexadecimal(_ value: UInt32) -> String { String(format: "0x%08Xu", value) }

func decimal(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

func scientific(_ value: Double) -> String { String(format: "%.2e", value) }

/// The shortest literal that reads back as the same float.
func floatLiteral(_ value: Float) -> String { "\(value)f" }

/// Words that a symbol of C or C++ cannot be.
private let reservedWords: Set<String> = [
  "alignas", "alignof", "and", "asm", "auto", "bitand", "bitor", "bool", "break", "case", "catch",
  "char", "class", "compl", "const", "constexpr", "continue", "decltype", "default", "delete",
  "do", "double", "else", "enum", "explicit", "export", "extern", "false", "float", "for",
  "friend", "goto", "if", "inline", "int", "long", "mutable", "namespace", "new", "noexcept",
  "not", "nullptr", "operator", "or", "private", "protected", "public", "register", "restrict",
  "return", "short", "signed", "sizeof", "static", "struct", "switch", "template", "this",
  "throw", "true", "try", "typedef", "typeid", "typename", "typeof", "union", "unsigned", "using",
  "virtual", "void", "volatile", "wchar_t", "while", "xor",
]

/// Whether a name can begin every symbol of a header: a C identifier of at most 64 characters that
/// is no keyword, doesn't begin with an underscore, and whose macros are not those of gru_model.h.
public func isSymbolName(_ name: String) -> Bool {
  guard let first = name.first, first.isASCII, first.isLetter, name.count <= 64 else {
    return false
  }
  return name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    && !reservedWords.contains(name) && name.lowercased() != "gru"
}

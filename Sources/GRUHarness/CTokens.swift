/// The tokens of a generated header: C without its preprocessor, comments and white space.
struct CTokens {
  struct Token: Equatable {
    var text: Substring
    var line: Int
  }

  let tokens: [Token]

  /// Identifiers, numbers with an optional sign in front, and single punctuation characters.
  init(_ text: String) {
    var tokens: [Token] = []
    var line = 1
    var rest = Substring(text)
    var lineStart = true
    while let character = rest.first {
      if character == "\n" {
        line += 1
        lineStart = true
        rest = rest.dropFirst()
      } else if character.isWhitespace {
        rest = rest.dropFirst()
      } else if character == "#", lineStart {
        rest = rest.drop { $0 != "\n" }
      } else if rest.hasPrefix("/*") {
        let comment = rest.firstRange(of: "*/").map { rest[..<$0.upperBound] } ?? rest
        line += comment.count { $0 == "\n" }
        rest = rest[comment.endIndex...]
      } else {
        lineStart = false
        var word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
        if word.first?.isNumber == true, word.last == "e" {
          // An exponent's sign belongs to its number.
          let end = rest[word.endIndex...].dropFirst().prefix { $0.isLetter || $0.isNumber }
          word = rest[..<end.endIndex]
        }
        let token = word.isEmpty ? rest.prefix(1) : word
        tokens.append(Token(text: token, line: line))
        rest = rest[token.endIndex...]
      }
    }
    self.tokens = tokens
  }
}

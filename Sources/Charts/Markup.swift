/// Text for XML and HTML: no character of it is read as markup.
///
/// Characters that may not stand in a document, and those that turn the direction of what follows,
/// become U+FFFD.
package func escaped(_ text: some StringProtocol) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "'": result += "&#39;"
    case "\n", "\t": result.unicodeScalars.append(scalar)
    default: result.unicodeScalars.append(isPlain(scalar) ? scalar : "\u{FFFD}")
    }
  }
  return result
}

private func isPlain(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0..<0x20, 0x7F..<0xA0, 0xFFFE, 0xFFFF: false
  case 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: false
  default: true
  }
}

/// An element of XML or HTML.
///
/// - Parameters:
///   - attributes: escaped here.
///   - content: markup, which is not escaped; nil for an element without content.
package func element(
  _ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ content: String? = nil
) -> String {
  let start = attributes.reduce("<" + name) { $0 + " \($1.key)=\"\(escaped($1.value))\"" }
  return content.map { "\(start)>\($0)</\(name)>" } ?? start + "/>"
}

// Names that come from files and command lines, as messages show them.

/// Text on one line that a terminal shows as it is: whatever it would act on, or hide, becomes an
/// escape such as `\u{1B}`.
public func printable(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
      result += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
    default:
      result.unicodeScalars.append(scalar)
    }
  }
  return result
}

/// The first names of a list, and how many more there are.
func listed(_ names: [String]) -> String {
  let shown = 12
  let rest = names.count > shown ? ", and \(names.count - shown) more" : ""
  return names.isEmpty ? "none" : names.prefix(shown).joined(separator: ", ") + rest
}

/// The word that was probably meant: the one that takes the fewest edits, if those are few.
public func nearest(to word: String, among words: [String]) -> String? {
  let candidates = words.map { ($0, distance($0, word)) }
  guard let best = candidates.min(by: { $0.1 < $1.1 }) else { return nil }
  return best.1 <= max(2, best.0.count / 2) ? best.0 : nil
}

/// A hint with the nearest word, as the notes of an error.
func suggestion(for word: String, among words: [String]) -> [String] {
  nearest(to: word, among: words).map { ["hint: did you mean '\($0)'?"] } ?? []
}

/// Edits that turn one word into another (Levenshtein).
private func distance(_ a: String, _ b: String) -> Int {
  let b = Array(b.prefix(64))
  var row = Array(0...b.count)
  for (i, x) in a.prefix(64).enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      let replaced = diagonal + (x == y ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[b.count]
}

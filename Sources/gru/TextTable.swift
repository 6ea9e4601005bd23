/// Columns of text, aligned: the first to the left, the others to the right.
struct TextTable {
  /// The width that every line fits.
  static let width = 80

  var rows: [[String]] = []
  /// Columns beside the first that are words, and aligned to the left.
  var words: Set<Int> = []
  var indent = 2

  /// Lines without blanks at their ends. Where they would be too wide, the widest column of words is
  /// cut.
  var lines: [String] {
    let columns = rows.map(\.count).max() ?? 0
    var widths = (0..<columns).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    let excess = indent + widths.reduce(0, +) + 2 * max(0, columns - 1) - Self.width
    if excess > 0, let widest = ([0] + words).max(by: { widths[$0] < widths[$1] }) {
      widths[widest] = max(8, widths[widest] - excess)
    }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        let text = Self.cut(cell, to: widths[column])
        let blanks = String(repeating: " ", count: widths[column] - text.count)
        return column == 0 || words.contains(column) ? text + blanks : blanks + text
      }
      let line = String(repeating: " ", count: indent) + cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }

  /// Names differ least in their middle.
  private static func cut(_ text: String, to width: Int) -> String {
    guard text.count > width else { return text }
    let head = (width - 1) / 2
    return text.prefix(head) + "…" + text.suffix(width - 1 - head)
  }
}

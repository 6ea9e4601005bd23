import Charts

/// Text for reading: a number is not parted from its unit at the end of a line.
func prose(_ text: String) -> String {
  ["dB", "%", "LSB", "bytes", "steps", "units"].reduce(escaped(text)) {
    $0.replacing(" " + $1, with: "\u{A0}" + $1)
  }
}

/// A picture with its heading and one sentence that says what to look for.
struct Figure {
  var id: String
  var title: String
  var caption: String
  private var body: String

  init(
    id: String, title: String, caption: String, picture: (Caption) -> String, below: String = ""
  ) {
    self.id = id
    self.title = title
    self.caption = caption
    body = picture(Caption(id: id, title: title, description: caption)) + below
  }

  var html: String {
    element(
      "figure", ["id": "figure-\(id)"],
      element("h3", [:], escaped(title)) + body + element("figcaption", [:], prose(caption)))
  }
}

/// Figures under one heading.
struct Section {
  var id: String
  var title: String
  /// One or two sentences above the figures.
  var introduction: String
  var figures: [Figure]
  /// Markup below the figures.
  var after = ""

  var html: String {
    let pictures = figures.map(\.html).joined()
    return element(
      "section", ["id": id],
      element("h2", [:], escaped(title)) + element("p", [:], prose(introduction))
        + (pictures.isEmpty ? "" : element("div", ["class": "figures"], pictures)) + after)
  }
}

/// A table of text; the first column names its row.
struct Table {
  var title: String
  var columns: [String]
  var rows: [[String]]
  /// Whether the last column is text that may be broken into lines.
  var endsInWords = false

  var html: String {
    let head = columns.map { element("th", ["scope": "col"], escaped($0)) }.joined()
    let body = rows.map { row in
      element(
        "tr", [:],
        element("th", ["scope": "row"], escaped(row[0]))
          + row.dropFirst().map { element("td", [:], escaped($0)) }.joined())
    }
    // Focusable, so that a table wider than the page can be scrolled by keyboard.
    return element(
      "div",
      [
        "class": endsInWords ? "table words" : "table", "role": "region", "aria-label": title,
        "tabindex": "0",
      ],
      element(
        "table", [:],
        element("caption", [:], escaped(title)) + element("thead", [:], element("tr", [:], head))
          + element("tbody", [:], body.joined())))
  }
}

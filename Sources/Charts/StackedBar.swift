/// Bars whose parts add up: one whole each, on its own scale.
package struct StackedBar: Sendable {
  package struct Part: Sendable {
    package var name: String
    package var size: Double
    package var style: String
    /// Parts beside each other with the same one share a label.
    package var group: String

    package init(_ name: String, _ size: Double, style: String, group: String? = nil) {
      self.name = name
      self.size = size
      self.style = style
      self.group = group ?? name
    }
  }

  package struct Bar: Sendable {
    package var title: String
    package var parts: [Part]

    package init(_ title: String, _ parts: [Part]) {
      self.title = title
      self.parts = parts
    }
  }

  package var bars: [Bar]

  package init(_ bars: [Bar]) { self.bars = bars }

  private static let barHeight = 34.0
  private static let pitch = 66.0

  package func svg(_ caption: Caption) -> String {
    var drawing = Drawing(width: Layout.width, height: Double(bars.count) * Self.pitch)
    for (index, bar) in bars.enumerated() {
      let top = Double(index) * Self.pitch
      drawing.text(bar.title, at: Point(0, top + 13), "title")
      draw(bar, at: top + 20, in: &drawing)
    }
    return drawing.svg(caption)
  }

  private func draw(_ bar: Bar, at top: Double, in drawing: inout Drawing) {
    let whole = bar.parts.reduce(0) { $0 + $1.size }
    guard whole > 0 else { return }
    var left = 0.0
    for part in bar.parts where part.size > 0 {
      let width = part.size / whole * Layout.width
      // A line of the page's colour between parts.
      let right = left + width
      drawing.rectangle(
        x: left...max(left + 0.5, right - 1), y: top...top + Self.barHeight, "part \(part.style)",
        tip: "\(part.name): \(NumberText.short(part.size, digits: 6))")
      left = right
    }
    drawLabels(of: bar, whole: whole, at: top + 22, in: &drawing)
  }

  /// A group's name stands where its parts begin, if there is room.
  private func drawLabels(
    of bar: Bar, whole: Double, at y: Double, in drawing: inout Drawing
  ) {
    var (left, index) = (0.0, 0)
    while index < bar.parts.count {
      let group = bar.parts[index].group
      let parts = bar.parts[index...].prefix { $0.group == group }
      let width = parts.reduce(0) { $0 + $1.size } / whole * Layout.width
      if Layout.width(of: group) + 10 < width {
        drawing.text(group, at: Point(left + 6, y), "inside")
      }
      left += width
      index += parts.count
    }
  }
}

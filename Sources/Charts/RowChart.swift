/// Rows with names on the left, marks over a common horizontal axis, and values on the right: bars,
/// ranges, and pairs of dots.
package struct RowChart: Sendable {
  package enum Mark: Sendable {
    case bar(from: Double, to: Double, style: String)
    /// A thin line from one value to another.
    case span(from: Double, to: Double, style: String)
    case dot(Double, style: String)

    fileprivate var values: [Double] {
      switch self {
      case .bar(let from, let to, _), .span(let from, let to, _): [from, to]
      case .dot(let value, _): [value]
      }
    }
  }

  package struct Row: Sendable {
    package var name: String
    package var marks: [Mark]
    /// What stands at the right end.
    package var value: String

    package init(_ name: String, _ marks: [Mark], value: String) {
      self.name = name
      self.marks = marks
      self.value = value
    }
  }

  /// A value that rows are held against, across all of them.
  package struct Guide: Sendable {
    package var value: Double
    package var label: String

    package init(_ value: Double, _ label: String) {
      self.value = value
      self.label = label
    }
  }

  package var rows: [Row]
  package var xTitle: String
  /// The heading of the values at the right.
  package var valueTitle: String
  package var kind: Scale.Kind
  /// Values that the axis must reach.
  package var includes: [Double]
  package var guides: [Guide]
  /// Whether the axis ends on ticks, not on the values.
  package var endsOnTicks: Bool

  package init(
    rows: [Row], xTitle: String, valueTitle: String = "", kind: Scale.Kind = .linear,
    includes: [Double] = [], guides: [Guide] = [],
    endsOnTicks: Bool = true
  ) {
    self.rows = rows
    self.xTitle = xTitle
    self.valueTitle = valueTitle
    self.kind = kind
    self.includes = includes
    self.guides = guides
    self.endsOnTicks = endsOnTicks
  }

  // MARK: Drawing

  private static let rowHeight = 22.0
  private static let heading = 22.0
  private static let footing = 38.0
  /// Of the picture's width, at most.
  private static let nameShare = 0.4

  package func svg(_ caption: Caption) -> String {
    let names = rows.map { Layout.width(of: $0.name) }.max() ?? 0
    let left = min(names, Layout.width * Self.nameShare) + 12
    let values = ([valueTitle] + rows.map(\.value)).map { Layout.width(of: $0) }.max() ?? 0
    let right = Layout.width - (values > 0 ? values + 12 : 8)
    let x = scale.placed(from: left, to: right)
    let bottom = Self.heading + Double(rows.count) * Self.rowHeight
    var drawing = Drawing(width: Layout.width, height: bottom + Self.footing)
    drawing.text(valueTitle, at: Point(Layout.width, 14), "title", .end)
    for tick in x.ticks where shows(tick, on: x) {
      let isZero = tick.value == 0 && kind == .linear
      drawing.line(
        Point(x(tick.value), Self.heading), Point(x(tick.value), bottom), isZero ? "zero" : "grid")
      drawing.text(
        tick.label, at: Point(x(tick.value), bottom + 14), "tick", .middle)
    }
    drawing.text(xTitle, at: Point(right, bottom + 31), "title", .end)
    for (index, row) in rows.enumerated() {
      draw(row, at: Self.heading + (Double(index) + 0.5) * Self.rowHeight, x, in: &drawing)
    }
    for guide in guides {
      let place = x(guide.value)
      drawing.line(Point(place, Self.heading - 4), Point(place, bottom), "guide")
      drawing.text(guide.label, at: Point(place, 14), "note", .middle)
    }
    return drawing.svg(caption)
  }

  private var scale: Scale {
    let values = rows.flatMap { $0.marks.flatMap(\.values) } + includes
    return kind == .linear
      ? Scale(linear: values, ticks: 4, nice: endsOnTicks) : Scale(logarithmic: values)
  }

  /// Labels closer than they are wide would run into each other.
  private func shows(_ tick: Scale.Tick, on x: Scale) -> Bool {
    guard let index = x.ticks.firstIndex(of: tick), x.ticks.count > 1 else { return true }
    let distance = abs(x(x.ticks[1].value) - x(x.ticks[0].value))
    let width = x.ticks.map { Layout.width(of: $0.label) }.max()! + 8
    return distance >= width || (x.ticks.count - 1 - index) % 2 == 0
  }

  private func draw(_ row: Row, at y: Double, _ x: Scale, in drawing: inout Drawing) {
    drawing.text(
      Layout.fitted(row.name, Layout.width * Self.nameShare), at: Point(0, y + 4), "label")
    drawing.text(row.value, at: Point(Layout.width, y + 4), "value", .end)
    for mark in row.marks {
      switch mark {
      case .bar(let from, let to, let style):
        let (a, b) = (x(min(from, to)), x(max(from, to)))
        // A bar of next to nothing is still seen.
        drawing.rectangle(x: a...max(b, a + 1), y: y - 6...y + 6, "bar \(style)")
      case .span(let from, let to, let style):
        drawing.line(Point(x(from), y), Point(x(to), y), "span \(style)")
      case .dot(let value, let style):
        drawing.dot(Point(x(value), y), radius: 4.5, "dot \(style)")
      }
    }
  }
}

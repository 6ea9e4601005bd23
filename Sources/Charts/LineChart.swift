/// Lines, bands and dots over a common horizontal axis, in panels one below the other.
package struct LineChart: Sendable {
  /// A word beside a dot.
  package enum Label: Sendable {
    case left(String)
    case right(String)
  }

  package enum Mark: Sendable {
    case line([Point], style: String)
    /// The area between two lines over the same places.
    case band(lower: [Point], upper: [Point], style: String)
    case dot(Point, style: String, label: Label? = nil)
    /// Across the panel, at a value of the vertical axis between two places.
    case level(Double, from: Double, to: Double, style: String)

    fileprivate var points: [Point] {
      switch self {
      case .line(let points, _): points
      case .band(let lower, let upper, _): lower + upper
      case .dot(let point, _, _): [point]
      case .level(let value, let from, let to, _): [Point(from, value), Point(to, value)]
      }
    }
  }

  /// A word of the panel's heading, in the colour of what it names.
  package struct Key: Sendable {
    package var text: String
    package var style: String

    package init(_ text: String, style: String) {
      self.text = text
      self.style = style
    }
  }

  package struct Panel: Sendable {
    /// What the vertical axis shows, with its unit.
    package var title: String
    package var keys: [Key] = []
    package var kind: Scale.Kind = .linear
    package var height: Double
    package var marks: [Mark]
    /// Values that the axis must reach.
    package var includes: [Double] = []

    package init(
      _ title: String, keys: [Key] = [], kind: Scale.Kind = .linear, height: Double,
      marks: [Mark], includes: [Double] = []
    ) {
      self.title = title
      self.keys = keys
      self.kind = kind
      self.height = height
      self.marks = marks
      self.includes = includes
    }

    fileprivate var scale: Scale {
      let values = marks.flatMap { $0.points.map(\.y) } + includes
      let ticks = height < 80 ? 2 : 4
      return kind == .linear
        ? Scale(linear: values, ticks: ticks) : Scale(logarithmic: values)
    }
  }

  /// A place on the horizontal axis worth pointing at.
  package struct Pointer: Sendable {
    package var x: Double
    package var label: String

    package init(_ x: Double, _ label: String) {
      self.x = x
      self.label = label
    }
  }

  package var panels: [Panel]
  package var xTitle: String
  package var pointer: Pointer?
  /// Whether the horizontal axis ends on ticks, not on the data.
  package var endsOnTicks: Bool

  package init(
    panels: [Panel], xTitle: String, pointer: Pointer? = nil, endsOnTicks: Bool = false
  ) {
    self.panels = panels
    self.xTitle = xTitle
    self.pointer = pointer
    self.endsOnTicks = endsOnTicks
  }

  // MARK: Drawing

  private static let heading = 24.0
  private static let gap = 8.0
  private static let footing = 40.0

  package func svg(_ caption: Caption) -> String {
    let scales = panels.map(\.scale)
    let labels = scales.flatMap { $0.ticks.map { Layout.width(of: $0.label) } }
    let left = (labels.max() ?? 0) + 10
    let xs = panels.flatMap { $0.marks.flatMap { $0.points.map(\.x) } }
    let x = Scale(linear: xs, nice: endsOnTicks).placed(from: left, to: Layout.width - 12)
    let panelsHeight = panels.reduce(0) { $0 + Self.heading + $1.height + Self.gap }
    var drawing = Drawing(width: Layout.width, height: panelsHeight + Self.footing)
    var top = 0.0
    for (panel, scale) in zip(panels, scales) {
      let y = scale.placed(from: top + Self.heading + panel.height, to: top + Self.heading)
      drawHeading(of: panel, at: top, in: &drawing)
      drawGrid(x, y, in: &drawing)
      if let pointer {
        drawing.line(Point(x(pointer.x), y.start), Point(x(pointer.x), y.end), "pointer")
      }
      for mark in panel.marks { draw(mark, x, y, in: &drawing) }
      top += Self.heading + panel.height + Self.gap
    }
    drawXAxis(x, at: top - Self.gap, in: &drawing)
    return drawing.svg(caption)
  }

  private func drawHeading(of panel: Panel, at top: Double, in drawing: inout Drawing) {
    drawing.text(panel.title, at: Point(0, top + 13), "title")
    var right = Layout.width - 12
    for key in panel.keys.reversed() {
      let left = right - Layout.width(of: key.text)
      drawing.text(key.text, at: Point(left, top + 13), "key \(key.style)")
      drawing.line(Point(left - 18, top + 9), Point(left - 6, top + 9), "line \(key.style)")
      // Letters are wider where the picture is narrow.
      right = left - 38
    }
  }

  private func drawGrid(_ x: Scale, _ y: Scale, in drawing: inout Drawing) {
    for tick in y.ticks {
      let place = y(tick.value)
      let isZero = tick.value == 0 && y.kind == .linear
      drawing.line(Point(x.start, place), Point(x.end, place), isZero ? "zero" : "grid")
      drawing.text(tick.label, at: Point(x.start - 6, place + 4), "tick", .end)
    }
  }

  private func draw(_ mark: Mark, _ x: Scale, _ y: Scale, in drawing: inout Drawing) {
    func placed(_ points: [Point]) -> [Point] { points.map { Point(x($0.x), y($0.y)) } }
    switch mark {
    case .line(let points, let style):
      drawing.path(PathData.line(placed(points)), "line \(style)")
    case .band(let lower, let upper, let style):
      drawing.path(PathData.area(placed(upper), placed(lower)), "band \(style)")
    case .level(let value, let from, let to, let style):
      drawing.line(Point(x(from), y(value)), Point(x(to), y(value)), "level \(style)")
    case .dot(let point, let style, let label):
      let place = Point(x(point.x), y(point.y))
      drawing.dot(place, radius: 4, "dot \(style)")
      switch label {
      case .left(let text): drawing.text(text, at: Point(place.x - 9, place.y + 4), "note", .end)
      case .right(let text): drawing.text(text, at: Point(place.x + 9, place.y + 4), "note")
      case nil: break
      }
    }
  }

  private func drawXAxis(_ x: Scale, at top: Double, in drawing: inout Drawing) {
    drawing.axis(x, title: xTitle, at: top)
    guard let pointer else { return }
    drawing.text(pointer.label, at: Point(x.start, top + 32), "note")
  }
}

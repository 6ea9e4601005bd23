/// Columns side by side: how often each of equally wide bins occurs.
package struct ColumnChart: Sendable {
  /// From the middle of the first bin, one bin's width apart.
  package var shares: [Double]
  package var first: Double
  package var binWidth: Double
  package var xTitle: String
  package var yTitle: String

  package init(
    shares: [Double], first: Double, binWidth: Double, xTitle: String, yTitle: String
  ) {
    self.shares = shares
    self.first = first
    self.binWidth = binWidth
    self.xTitle = xTitle
    self.yTitle = yTitle
  }

  private static let heading = 24.0
  private static let height = 170.0
  private static let footing = 40.0

  package func svg(_ caption: Caption) -> String {
    let start = first - binWidth / 2
    let end = start + binWidth * Double(max(1, shares.count))
    let bottom = Self.heading + Self.height
    let y = Scale(linear: shares.map { 100 * $0 } + [0], ticks: 4)
      .placed(from: bottom, to: Self.heading)
    let left = (y.ticks.map { Layout.width(of: $0.label) }.max() ?? 0) + 10
    let x = Scale(linear: [start, end], nice: false).placed(from: left, to: Layout.width - 12)
    var drawing = Drawing(width: Layout.width, height: bottom + Self.footing)
    drawing.text(yTitle, at: Point(0, 13), "title")
    for tick in y.ticks {
      drawing.line(Point(left, y(tick.value)), Point(x.end, y(tick.value)), "grid")
      drawing.text(tick.label, at: Point(left - 6, y(tick.value) + 4), "tick", .end)
    }
    for (index, share) in shares.enumerated() where share > 0 {
      let edges = x(start + Double(index) * binWidth)...x(start + Double(index + 1) * binWidth)
      // A hair's breadth between columns; none where they are thin themselves.
      let gap = edges.upperBound - edges.lowerBound > 4 ? 0.5 : 0
      drawing.rectangle(
        x: edges.lowerBound + gap...edges.upperBound - gap, y: y(100 * share)...bottom, "bar error")
    }
    drawing.axis(x, title: xTitle, at: bottom)
    return drawing.svg(caption)
  }
}

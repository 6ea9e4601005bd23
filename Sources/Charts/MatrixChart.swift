/// A square of counts: how often one chooser chose the row and the other the column.
package struct MatrixChart: Sendable {
  package var counts: [[Int]]
  package var rowTitle: String
  package var columnTitle: String
  package var names: [String]

  package init(counts: [[Int]], names: [String], rowTitle: String, columnTitle: String) {
    self.counts = counts
    self.names = names
    self.rowTitle = rowTitle
    self.columnTitle = columnTitle
  }

  private static let heading = 44.0
  private static let largestCell = 30.0
  /// Smaller cells have no room for a number.
  private static let numberedCell = 22.0

  package func svg(_ caption: Caption) -> String {
    let count = max(1, counts.count)
    let left = (names.map { Layout.width(of: $0) }.max() ?? 0) + 10
    let cell = min(Self.largestCell, (Layout.width - left - 4) / Double(count))
    var drawing = Drawing(
      width: Layout.width, height: Self.heading + cell * Double(counts.count) + 4)
    drawing.text("\(rowTitle)   \(columnTitle)", at: Point(0, 13), "title")
    // Every name where there is room, else every second, fourth, …
    let needed = max(Layout.fontSize + 2, (names.map { Layout.width(of: $0) }.max() ?? 0) + 4)
    var stride = 1
    while Double(stride) * cell < needed { stride *= 2 }
    for (index, name) in names.enumerated() where index % stride == 0 {
      let middle = (Double(index) + 0.5) * cell
      drawing.text(name, at: Point(left + middle, Self.heading - 6), "tick", .middle)
      drawing.text(name, at: Point(left - 6, Self.heading + middle + 4), "tick", .end)
    }
    for (row, line) in counts.enumerated() {
      let whole = max(1, line.reduce(0, +))
      for (column, count) in line.enumerated() {
        let x = left + Double(column) * cell
        let y = Self.heading + Double(row) * cell
        draw(
          count, share: Double(count) / Double(whole), agrees: row == column,
          x: x...x + cell - 1, y: y...y + cell - 1, in: &drawing)
      }
    }
    return drawing.svg(caption)
  }

  private func draw(
    _ count: Int, share: Double, agrees: Bool, x: ClosedRange<Double>, y: ClosedRange<Double>,
    in drawing: inout Drawing
  ) {
    drawing.rectangle(x: x, y: y, "cell")
    guard count > 0 else { return }
    // Rare disagreements must be seen too: the shade follows the root of the share.
    drawing.rectangle(
      x: x, y: y, agrees ? "agree" : "differ", opacity: 0.15 + 0.4 * share.squareRoot())
    let width = x.upperBound - x.lowerBound
    let text = NumberText.count(count)
    guard width >= Self.numberedCell, Layout.width(of: text) < width else { return }
    drawing.text(
      text, at: Point((x.lowerBound + x.upperBound) / 2, (y.lowerBound + y.upperBound) / 2 + 4),
      "count", .middle)
  }
}

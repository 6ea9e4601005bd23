/// A long series in few stretches: the lowest and the highest value of each.
package struct Envelope: Equatable, Sendable {
  package var lower: [Point]
  package var upper: [Point]

  /// - Parameters:
  ///   - points: by rising x.
  ///   - count: stretches at most, of equally many points.
  package init(_ points: [Point], count: Int) {
    let length = max(1, (points.count + count - 1) / max(1, count))
    let stretches = stride(from: 0, to: points.count, by: length).map {
      points[$0..<min($0 + length, points.count)]
    }
    func ends(_ choose: (ArraySlice<Point>) -> Double) -> [Point] {
      stretches.map { Point(($0.first!.x + $0.last!.x) / 2, choose($0)) }
    }
    lower = ends { $0.map(\.y).min()! }
    upper = ends { $0.map(\.y).max()! }
  }
}

import Foundation

package struct Point: Equatable, Sendable {
  package var x: Double
  package var y: Double

  package init(_ x: Double, _ y: Double) {
    self.x = x
    self.y = y
  }
}

/// The `d` of a path, in tenths of a unit.
enum PathData {
  /// A line through points; one point alone is a dot where line ends are round.
  static func line(_ points: [Point]) -> String {
    guard let first = points.first else { return "" }
    if points.count == 1 { return "M\(text(first))h0" }
    return "M" + points.map(text).joined(separator: "L")
  }

  /// The area between two lines over the same places.
  static func area(_ upper: [Point], _ lower: [Point]) -> String {
    guard !upper.isEmpty, !lower.isEmpty else { return "" }
    return "M" + (upper + lower.reversed()).map(text).joined(separator: "L") + "Z"
  }

  private static func text(_ point: Point) -> String {
    "\(coordinate(point.x)) \(coordinate(point.y))"
  }
}

/// A place in tenths of a unit, as short as can be.
func coordinate(_ value: Double) -> String {
  let tenths = value.isFinite ? Int((value * 10).rounded()) : 0
  guard tenths % 10 != 0 else { return String(tenths / 10) }
  return (tenths < 0 ? "-" : "") + "\(abs(tenths) / 10).\(abs(tenths) % 10)"
}

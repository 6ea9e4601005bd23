import Foundation

/// Maps values to places on an axis.
package struct Scale: Sendable {
  package enum Kind: Sendable {
    case linear
    case logarithmic
  }

  package struct Tick: Equatable, Sendable {
    package var value: Double
    package var label: String
  }

  package let kind: Kind
  package let domain: ClosedRange<Double>
  package let ticks: [Tick]
  /// Where the ends of the domain lie.
  package var start = 0.0
  package var end = 1.0

  /// A linear scale over finite values, its ends on the ticks around them where `nice` is set.
  package init(linear values: [Double], ticks count: Int = 5, nice: Bool = true) {
    let finite = values.filter(\.isFinite)
    var (low, high) = (finite.min() ?? 0, finite.max() ?? 1)
    if low == high { (low, high) = low == 0 ? (0, 1) : (min(0, low), max(0, high)) }
    let step = Self.niceStep((high - low) / Double(max(1, count)))
    if nice { (low, high) = (floor(low / step + 1e-9) * step, ceil(high / step - 1e-9) * step) }
    kind = .linear
    domain = low...high
    ticks = Self.multiples(of: step, in: domain)
  }

  /// A logarithmic scale from the power of ten below the positive values to the one above. Zeros lie
  /// at its lower end, one decade further down, which is then labelled 0.
  package init(logarithmic values: [Double]) {
    let positive = values.filter { $0 > 0 && $0.isFinite }
    let hasZero = values.contains { $0 <= 0 }
    var low = Int(floor(log10(positive.min() ?? 1) + 1e-9))
    var high = Int(ceil(log10(positive.max() ?? 1) - 1e-9))
    if low == high {
      if positive.contains(where: { $0 > pow(10, Double(low)) }) { high += 1 } else { low -= 1 }
    }
    if hasZero { low -= 1 }
    let stride = (high - low + 5) / 6
    kind = .logarithmic
    domain = pow(10, Double(low))...pow(10, Double(high))
    ticks =
      Swift.stride(from: high, through: low, by: -stride).reversed().map {
        Tick(value: pow(10, Double($0)), label: NumberText.power($0))
      }
      .filter { !hasZero || $0.value > pow(10, Double(low) + 0.5) }
      + (hasZero ? [Tick(value: pow(10, Double(low)), label: "0")] : [])
  }

  /// A place; values beyond the ends lie at the ends.
  package func callAsFunction(_ value: Double) -> Double {
    let (low, high) = (domain.lowerBound, domain.upperBound)
    let inside = value.isNaN ? low : max(low, min(high, value))
    let share =
      kind == .linear
      ? (inside - low) / (high - low) : log(inside / low) / log(high / low)
    return start + share * (end - start)
  }

  package func placed(from start: Double, to end: Double) -> Scale {
    var scale = self
    (scale.start, scale.end) = (start, end)
    return scale
  }

  /// 1, 2 or 5 times a power of ten, no smaller than `step`.
  static func niceStep(_ step: Double) -> Double {
    let power = pow(10, floor(log10(step)))
    let factor = [1, 2, 5, 10].first { $0 * power >= step * (1 - 1e-9) } ?? 10
    return factor * power
  }

  private static func multiples(of step: Double, in domain: ClosedRange<Double>) -> [Tick] {
    let first = Int(ceil(domain.lowerBound / step - 1e-9))
    let last = Int(floor(domain.upperBound / step + 1e-9))
    guard first <= last else { return [] }
    return (first...last).map {
      // The product of an end's tick may be a rounding error beyond it.
      let value = max(domain.lowerBound, min(domain.upperBound, Double($0) * step))
      return Tick(value: value, label: NumberText.short(value, digits: 4))
    }
  }
}

extension SymmetricMatrix {
  /// The share of the mean diagonal that is added to all of it: what the calibration data hardly
  /// shows stays in bounds.
  static let damping = 0.01
  /// What biases get, and weights at least: next to nothing.
  private static let leastDamping = 1e-6

  /// With a share of its mean diagonal added to all of it, group by group, as their units differ.
  func damped(_ groups: [RoundedRow.Group], by damping: Double = damping) -> SymmetricMatrix {
    var result = self
    func mean(_ columns: Range<Int>) -> Double {
      columns.reduce(0) { $0 + self[$1, $1] } / Double(max(columns.count, 1))
    }
    func add(_ value: Double, to columns: Range<Int>) {
      for column in columns { result[column, column] += value }
    }
    let smallest = max(mean(0..<size) * Self.leastDamping, Double.leastNormalMagnitude)
    for group in groups {
      add(max(damping * mean(group.columns), smallest), to: group.columns)
    }
    add(smallest, to: (groups.map(\.columns.upperBound).max() ?? 0)..<size)
    return result
  }
}

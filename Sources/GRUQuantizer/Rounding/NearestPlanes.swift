/// Rounding column after column, so that later ones make up for the errors of those before.
///
/// With A·Aᵀ = G and δ = q − w, column j would be best, if all later ones could be chosen freely, at
///
///     wⱼ − Σ (k < j) Aₖⱼ·δₖ / Aⱼⱼ
///
/// and being off from there costs Aⱼⱼ² times the square. The nearest integer each time is Babai's
/// nearest plane. As the cheapest start is not always the cheapest end, an int8 column also tries
/// the integer on the other side, and the few ways that cost least so far are followed (K-best).
extension RoundedRow {
  /// One way of rounding the columns so far.
  private struct Path {
    var cost: Double
    /// Its place among the ways of the column before.
    var parent: Int
    /// Of the last column.
    var value: Double
  }

  /// The cheapest of the ways that are followed.
  ///
  /// - Parameters:
  ///   - row: the real weights and biases.
  ///   - factor: A, and the columns in its order.
  ///   - width: ways to follow at once; 1 is the nearest plane alone.
  func nearestPlanes(
    _ row: [Double], _ factor: (columns: [Int], values: [Double]), width: Int
  ) -> [Double] {
    let count = factor.columns.count
    // Σ Aₖⱼ·δₖ for every later column j, way after way.
    var sums = [Double](repeating: 0, count: width * count)
    var next = sums
    var paths = [[Path(cost: 0, parent: 0, value: 0)]]
    for (index, column) in factor.columns.enumerated() {
      let deviation = factor.values[index * count + index]
      let targets = paths[index].indices.map { row[column] - sums[$0 * count + index] / deviation }
      let kept = branches(
        of: paths[index], toward: targets, price: deviation * deviation, group(of: column),
        atMost: width)
      for (place, path) in kept.enumerated() {
        add(
          path.value - row[column], times: factor.values, from: index * count + index + 1,
          to: sums, from: path.parent * count + index + 1, in: &next,
          at: place * count + index + 1, count: count - index - 1)
      }
      swap(&sums, &next)
      paths.append(kept)
    }
    return traced(paths, factor.columns)
  }

  /// What the ways so far lead to in the next column: the cheapest first, if there are too many.
  private func branches(
    of paths: [Path], toward targets: [Double], price: Double, _ group: Group?, atMost width: Int
  ) -> [Path] {
    var result: [Path] = []
    for (parent, target) in targets.enumerated() {
      let cost = paths[parent].cost
      guard let group else {
        result.append(Path(cost: cost, parent: parent, value: target))
        continue
      }
      func add(_ value: Double) {
        let rest = value - target
        result.append(Path(cost: cost + price * rest * rest, parent: parent, value: value))
      }
      let nearest = group.nearest(target)
      add(nearest)
      let other = group.nearest(nearest + (nearest < target ? group.scale : -group.scale))
      if width > 1, group.format == .int8, other != nearest { add(other) }
    }
    guard result.count > width else { return result }
    result.sort { ($0.cost, $0.parent) < ($1.cost, $1.parent) }
    return Array(result[..<width])
  }

  /// The values along the cheapest way, from its end back.
  private func traced(_ paths: [[Path]], _ columns: [Int]) -> [Double] {
    var result = values
    let ends = paths[columns.count]
    var place = ends.indices.min { ends[$0].cost < ends[$1].cost }!
    for (index, column) in columns.enumerated().reversed() {
      let path = paths[index + 1][place]
      result[column] = path.value
      place = path.parent
    }
    return result
  }
}

/// target[at…] = sums[from…] + factor · values[first…]
private func add(
  _ factor: Double, times values: [Double], from first: Int, to sums: [Double], from start: Int,
  in target: inout [Double], at place: Int, count: Int
) {
  values.withUnsafeBufferPointer { values in
    sums.withUnsafeBufferPointer { sums in
      target.withUnsafeMutableBufferPointer { target in
        let (values, sums) = (values.baseAddress! + first, sums.baseAddress! + start)
        let target = target.baseAddress! + place
        for index in 0..<count { target[index] = sums[index] + factor * values[index] }
      }
    }
  }
}

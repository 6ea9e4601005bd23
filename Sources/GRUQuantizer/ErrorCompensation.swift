import ModelFiles

/// Rounding that makes up for itself: column by column, the error of each rounded weight is pushed
/// into the columns that are not rounded yet, so that the sum over typical vectors stays.
///
/// For a row w with integers q on a scale s, minimizes Σ (w·v − s·q·v)² over the calibration
/// vectors v, one column after the other. With H = Σ v·vᵀ and Uᵀ·U = H⁻¹ (U upper triangular):
///
///     eⱼ = (wⱼ − s·round(wⱼ / s)) / Uⱼⱼ
///     wₖ ← wₖ − eⱼ · Uⱼₖ   for k > j
///
/// Source: Frantar, Ashkboos, Hoefler, Alistarh, "GPTQ", 2022; after Hassibi and Stork's optimal
/// brain surgeon.
struct ErrorCompensation {
  private let size: Int
  /// U, row after row.
  private let factor: [Double]

  /// The share of H's mean diagonal that is added to all of it, so that directions which the data
  /// never shows stay in bounds.
  static let damping = 0.01

  /// nil where the data says nothing: all vectors are zero.
  init?(_ moment: SecondMoment) {
    let size = moment.size
    let diagonal = (0..<size).map { moment.values[$0 * size + $0] }
    let mean = diagonal.reduce(0, +) / Double(max(size, 1))
    guard mean > 0 else { return nil }
    var damped = moment.values
    for index in 0..<size { damped[index * size + index] += Self.damping * mean }
    guard let inverse = inverted(damped, size), let lower = choleskyFactor(inverse, size) else {
      return nil
    }
    self.size = size
    // H⁻¹ = L·Lᵀ, so U = Lᵀ.
    factor = (0..<size * size).map { lower[$0 % size * size + $0 / size] }
  }

  /// The integers of one row.
  func round(_ row: ArraySlice<Double>, scale: Double, _ format: WeightFormat) -> [Int16] {
    let limit = Double(format.limit)
    var rest = Array(row)
    return (0..<size).map { column in
      let nearest = max(-limit, min(limit, (rest[column] / scale).rounded()))
      let error = (rest[column] - scale * nearest) / factor[column * size + column]
      for other in column + 1..<max(size, column + 1) {
        rest[other] -= error * factor[column * size + other]
      }
      return Int16(nearest)
    }
  }
}

/// L with L·Lᵀ = a symmetric, positive definite matrix; nil for another.
private func choleskyFactor(_ matrix: [Double], _ size: Int) -> [Double]? {
  var lower = [Double](repeating: 0, count: size * size)
  for row in 0..<size {
    for column in 0...row {
      var sum = matrix[row * size + column]
      for k in 0..<column { sum -= lower[row * size + k] * lower[column * size + k] }
      if row == column {
        guard sum > 0 else { return nil }
        lower[row * size + row] = sum.squareRoot()
      } else {
        lower[row * size + column] = sum / lower[column * size + column]
      }
    }
  }
  return lower
}

/// The inverse of a symmetric, positive definite matrix: (L⁻¹)ᵀ · L⁻¹.
private func inverted(_ matrix: [Double], _ size: Int) -> [Double]? {
  guard let lower = choleskyFactor(matrix, size) else { return nil }
  var inverse = [Double](repeating: 0, count: size * size)
  for column in 0..<size {
    for row in column..<size {
      var sum = row == column ? 1.0 : 0
      for k in column..<row { sum -= lower[row * size + k] * inverse[k * size + column] }
      inverse[row * size + column] = sum / lower[row * size + row]
    }
  }
  var result = [Double](repeating: 0, count: size * size)
  for row in 0..<size {
    for column in 0...row {
      var sum = 0.0
      for k in row..<size { sum += inverse[k * size + row] * inverse[k * size + column] }
      result[row * size + column] = sum
      result[column * size + row] = sum
    }
  }
  return result
}

import Foundation
import ModelFiles

/// A matrix rounded to integers, with the real value of one unit of each row.
struct RoundedMatrix {
  var format: WeightFormat
  var rows: Int
  var columns: Int
  var weights: [Int16]
  /// real weight ≈ integer × scale of its row
  var scales: [Double]

  /// Rounds each row on its own symmetric scale: the largest magnitude becomes the format's limit.
  /// A row that already lies on a grid which the format holds keeps it, without any error.
  ///
  /// A row of zeros keeps the scale 0, so that nothing divides by it.
  ///
  /// - Parameter compensation: how errors are pushed on; nil rounds each weight to the nearest.
  init(
    _ matrix: RealMatrix, _ format: WeightFormat, compensation: ErrorCompensation? = nil
  ) {
    self.format = format
    rows = matrix.rows
    columns = matrix.columns
    scales = (0..<rows).map { row in
      let values = matrix.row(row)
      return gridStep(of: values, format)
        ?? values.reduce(0) { max($0, abs($1)) } / Double(format.limit)
    }
    weights = []
    weights.reserveCapacity(matrix.values.count)
    for row in 0..<rows {
      let (values, scale) = (matrix.row(row), scales[row])
      if scale == 0 {
        weights += Array(repeating: 0, count: columns)
      } else if let compensation, !isOnGrid(values, scale) {
        weights += compensation.round(values, scale: scale, format)
      } else {
        weights += values.map { Int16(($0 / scale).rounded()) }
      }
    }
  }

  /// The largest magnitude of each row's sum, over every int16 vector: 2¹⁵·Σ|w|.
  var sumBounds: [Int] {
    (0..<rows).map { row in
      weights[row * columns..<(row + 1) * columns].reduce(0) { $0 + abs(Int($1)) } << 15
    }
  }
}

/// The largest power of two of which all values are multiples, if the format holds the multiples:
/// −limit − 1 to limit. Networks trained or shipped in integers have such rows.
private func gridStep(of values: ArraySlice<Double>, _ format: WeightFormat) -> Double? {
  let largest = values.reduce(0) { max($0, abs($1)) }
  guard largest > 0 else { return nil }
  // From the coarsest step that the largest value could be a multiple of.
  var step = exp2(floor(log2(largest)))
  while largest / step <= Double(format.limit + 1) {
    if isOnGrid(values, step) {
      return values.contains { $0 / step > Double(format.limit) } ? nil : step
    }
    step /= 2
  }
  return nil
}

/// Whether rounding changes nothing.
private func isOnGrid(_ values: ArraySlice<Double>, _ step: Double) -> Bool {
  values.allSatisfy { ($0 / step).rounded() == $0 / step }
}

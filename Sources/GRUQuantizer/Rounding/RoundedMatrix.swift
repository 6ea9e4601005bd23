import Foundation
import ModelFiles

/// A matrix rounded to integers, with the real value of one unit of each row.
struct RoundedMatrix: Sendable {
  var format: WeightFormat
  var rows: Int
  var columns: Int
  var weights: [Int16] = []
  /// real weight ≈ integer × scale of its row; 0 for a row of zeros.
  var scales: [Double] = []

  init(format: WeightFormat, columns: Int) {
    self.format = format
    rows = 0
    self.columns = columns
  }

  mutating func append(_ weights: [Int16], scale: Double) {
    self.weights += weights
    scales.append(scale)
    rows += 1
  }

  /// Each row on its own symmetric scale, each weight at its nearest integer: the largest magnitude
  /// becomes the format's limit. A row that already lies on a grid which the format holds keeps it,
  /// without any error.
  init(_ matrix: RealMatrix, _ format: WeightFormat) {
    self.init(format: format, columns: matrix.columns)
    for row in 0..<matrix.rows {
      let group = RoundedRow.Group(matrix.row(row), at: 0..<columns, format)
      let rounded = RoundedRow(Array(matrix.row(row)), groups: [group])
      append(rounded.integers(of: group), scale: group.scale)
    }
  }

  /// The largest magnitude of each row's sum, over every int16 vector: 2¹⁵·Σ|w|.
  var sumBounds: [Int] {
    (0..<rows).map { row in
      weights[row * columns..<(row + 1) * columns].reduce(0) { $0 + abs(Int($1)) } << 15
    }
  }

  /// The real weights that the integers stand for.
  var values: RealMatrix {
    RealMatrix(
      rows: rows, columns: columns,
      values: weights.indices.map { Double(weights[$0]) * scales[$0 / columns] })
  }
}

/// The largest power of two of which all values are multiples, if the format holds the multiples:
/// −limit − 1 to limit. Networks trained or shipped in integers have such rows.
func gridStep(of values: ArraySlice<Double>, _ format: WeightFormat) -> Double? {
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

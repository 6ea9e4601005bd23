import ModelFiles

/// What the integers of a row can reach, over every int16 input and every int16 state.
///
/// All of it is exact integer arithmetic on the emitted constants: a proof, not an estimate.
public struct RowBound: Equatable, Sendable, Encodable {
  /// Which row, in words: "W update row 17 of 'gru'".
  public var row: String
  /// The largest magnitude of the 32-bit accumulator, below 2³¹.
  public var accumulator: Int
}

extension QuantizedMatrix {
  /// The largest magnitude of a row's accumulator as the multiplier sees it: 2¹⁵·Σ|w|, after the
  /// rounding shift of an int16 row.
  func accumulatorBound(row index: Int) -> Int {
    let sum = row(index).reduce(0) { $0 + abs(Int($1)) } << 15
    return shift == 0 ? sum : (sum + 1 << (shift - 1)) >> shift
  }

  /// The largest magnitude that a row adds to its pre-activation.
  func productBound(row index: Int) -> Int {
    if layout == .tokens { return row(index).reduce(0) { max($0, abs(Int($1))) } << shift }
    return (accumulatorBound(row: index) * Int(multipliers[index]) + 1 << 31) >> 32
  }
}

/// The largest magnitude that fits a register.
let registerLimit = Int(Int32.max)

/// The reach of a pre-activation's 13 integer bits.
let preActivationReach = registerLimit >> 18

extension QuantizedNetwork {
  /// The row of each matrix that comes closest to 2³¹, closest first.
  public var accumulatorBounds: [RowBound] {
    var bounds: [RowBound] = []
    for (index, layer) in layers.enumerated() {
      for (matrix, name) in layer.namedMatrices where matrix.layout != .tokens {
        let rows = (0..<matrix.rows).map { matrix.accumulatorBound(row: $0) }
        guard let largest = rows.indices.max(by: { rows[$0] < rows[$1] }) else { continue }
        bounds.append(
          RowBound(row: "layer \(index), \(name), row \(largest)", accumulator: rows[largest]))
      }
    }
    return bounds.sorted { $0.accumulator > $1.accumulator }
  }
}

extension QuantizedLayer {
  /// Every matrix with its name in equations: "W update", "U candidate", "dense".
  public var namedMatrices: [(matrix: QuantizedMatrix, name: String)] {
    switch self {
    case .embedding: []
    case .cell(let cell):
      zip(cell.input.inOrder, Gates<String>.names.inOrder).map { ($0, "W \($1)") }
        + zip(cell.recurrent.inOrder, Gates<String>.names.inOrder).map { ($0, "U \($1)") }
    case .dense(let dense): [(dense.weights, "dense")]
    }
  }
}

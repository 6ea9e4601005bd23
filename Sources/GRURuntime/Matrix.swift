import CGRU
import FixedPoint

/// A weight matrix in flash: rows of int8 or int16, each with a multiplier.
///
/// Its pointers were checked when the model was opened; nothing here can be null.
@safe
struct Matrix {
  private let raw: UnsafePointer<gru_matrix_t>
  private let columns: Int

  @inline(__always)
  init(_ raw: UnsafePointer<gru_matrix_t>, columns: Int) {
    unsafe self.raw = raw
    self.columns = columns
  }

  /// Adds a row's product with a vector to a pre-activation: P + (row · vector) × multiplier.
  ///
  /// Shapes: `vector` has `columns` values; `row` is below the number of rows.
  @inline(never)
  func accumulate(_ preActivation: Int32, row: Int, _ vector: UnsafePointer<Int16>) -> Int32 {
    let sum =
      unsafe raw.pointee.format == GRU_WEIGHTS_INT8
      ? sumInt8(row: row, vector) : sumInt16(row: row, vector)
    let multiplier = unsafe raw.pointee.multipliers.unsafelyUnwrapped[row]
    return multiplyHigh(sum, multiplier, addingTo: preActivation)
  }

  /// Adds a token's entry of a row to a pre-activation: no product at all.
  @inline(__always)
  func gather(_ preActivation: Int32, row: Int, token: Int, rows: Int) -> Int32 {
    let entries = unsafe raw.pointee.weights.unsafelyUnwrapped.assumingMemoryBound(to: Int16.self)
    let entry = unsafe Int32(entries[token &* rows &+ row])
    return unsafe preActivation &+ (entry &<< Int32(raw.pointee.shift))
  }

  /// The exact sum; the quantizer proved 2¹⁵·Σ|w| < 2³¹.
  @inline(__always)
  private func sumInt8(row: Int, _ vector: UnsafePointer<Int16>) -> Int32 {
    let weights =
      unsafe raw.pointee.weights.unsafelyUnwrapped
      .assumingMemoryBound(to: Int8.self) + row &* columns
    var sum: Int32 = 0
    var column = 0
    while column < columns {
      sum = unsafe sum &+ Int32(weights[column]) &* Int32(vector[column])
      column &+= 1
    }
    return sum
  }

  /// The exact sum in 64 bits, rounded to the 32 that the quantizer proved to suffice.
  @inline(__always)
  private func sumInt16(row: Int, _ vector: UnsafePointer<Int16>) -> Int32 {
    let weights =
      unsafe raw.pointee.weights.unsafelyUnwrapped
      .assumingMemoryBound(to: Int16.self) + row &* columns
    var sum: Int64 = 0
    var column = 0
    while column < columns {
      sum = unsafe gru_smlal(sum, Int32(weights[column]), Int32(vector[column]))
      column &+= 1
    }
    return unsafe gru_rounded_shift_right(sum, UInt32(raw.pointee.shift))
  }
}

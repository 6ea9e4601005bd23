import CGRU
import FixedPoint

/// Products of a matrix with a vector, four rows at a time.
///
/// One conforming type for each way in which weights lie in memory, which `gru_model.h` draws; all
/// of them make the same sums, to the bit.
protocol MatrixKernel {
  /// Readies an operand for `add`, once a step.
  static func prepare(_ operand: UnsafeMutablePointer<gru_operand_t>)

  /// sums = addends + (row · vector) × multiplier, of the four rows whose constants come next.
  static func add(
    _ constants: UnsafeMutablePointer<gru_constants_t>, _ operand: UnsafePointer<gru_operand_t>,
    _ matrix: gru_matrix_t, to addends: UnsafePointer<gru_quad_t>,
    into sums: UnsafeMutablePointer<gru_quad_t>)

  /// All units' next state under reset after, where the core has a loop of its own for it; false
  /// where it has none, and nothing was done.
  static func stepResetAfter(_ step: UnsafeMutablePointer<gru_cell_step_t>) -> Bool

  /// All sums of the next four units under reset after, where the core makes those of three gates at
  /// once; false where it doesn't, and nothing was done.
  static func sumGates(
    _ step: UnsafeMutablePointer<gru_cell_step_t>, into sums: UnsafeMutablePointer<gru_quad_t>
  ) -> Bool
}

extension MatrixKernel {
  @inline(__always)
  static func stepResetAfter(_ step: UnsafeMutablePointer<gru_cell_step_t>) -> Bool { false }

  @inline(__always)
  static func sumGates(
    _ step: UnsafeMutablePointer<gru_cell_step_t>, into sums: UnsafeMutablePointer<gru_quad_t>
  ) -> Bool { false }
}

/// int8 weights, two rows in a halfword: `GRU_LAYOUT_PAIRS`.
enum Int8Pairs: MatrixKernel {
  @inline(__always)
  static func prepare(_ operand: UnsafeMutablePointer<gru_operand_t>) {
    unsafe gru_prepare_pairs(operand)
  }

  @inline(__always)
  static func stepResetAfter(_ step: UnsafeMutablePointer<gru_cell_step_t>) -> Bool {
    guard gru_has_dsp() else { return false }
    unsafe gru_step_pairs(step, tanhKnotTable)
    return true
  }

  @inline(__always)
  static func add(
    _ constants: UnsafeMutablePointer<gru_constants_t>, _ operand: UnsafePointer<gru_operand_t>,
    _ matrix: gru_matrix_t, to addends: UnsafePointer<gru_quad_t>,
    into sums: UnsafeMutablePointer<gru_quad_t>
  ) {
    unsafe gru_add_pairs(constants, operand, addends, sums)
  }
}

/// int8 weights, a word for each column: `GRU_LAYOUT_QUADS`.
enum Int8Quads: MatrixKernel {
  @inline(__always)
  static func prepare(_ operand: UnsafeMutablePointer<gru_operand_t>) {
    unsafe gru_prepare_int8_quads(operand)
  }

  @inline(__always)
  static func sumGates(
    _ step: UnsafeMutablePointer<gru_cell_step_t>, into sums: UnsafeMutablePointer<gru_quad_t>
  ) -> Bool {
    guard gru_has_gates() else { return false }
    unsafe gru_sum_gates_int8_quads(step, sums)
    return true
  }

  @inline(__always)
  static func add(
    _ constants: UnsafeMutablePointer<gru_constants_t>, _ operand: UnsafePointer<gru_operand_t>,
    _ matrix: gru_matrix_t, to addends: UnsafePointer<gru_quad_t>,
    into sums: UnsafeMutablePointer<gru_quad_t>
  ) {
    unsafe gru_add_int8_quads(constants, operand, addends, sums)
  }
}

/// int8 weights in halfwords, eight columns of a row side by side: `GRU_LAYOUT_WIDE`.
enum Int8Wide: MatrixKernel {
  @inline(__always)
  static func prepare(_ operand: UnsafeMutablePointer<gru_operand_t>) {}

  @inline(__always)
  static func add(
    _ constants: UnsafeMutablePointer<gru_constants_t>, _ operand: UnsafePointer<gru_operand_t>,
    _ matrix: gru_matrix_t, to addends: UnsafePointer<gru_quad_t>,
    into sums: UnsafeMutablePointer<gru_quad_t>
  ) {
    let columns = unsafe Int(truncatingIfNeeded: operand.pointee.columns)
    let products = unsafe Self.sums(
      constants.pointee.weights.unsafelyUnwrapped, operand.pointee.vector.unsafelyUnwrapped,
      columns: columns)
    let multipliers = unsafe constants.pointee.rows.unsafelyUnwrapped
    unsafe sums.pointee = gru_requantize(addends.pointee, products, multipliers.pointee)
    unsafe constants.pointee.rows = multipliers + 1
    unsafe constants.pointee.weights =
      constants.pointee.weights.unsafelyUnwrapped + quadWords(columns: columns)
  }

  /// Σ w·x of four rows, each below 2³¹ as the quantizer proved.
  @inline(never)
  private static func sums(
    _ weights: UnsafePointer<UInt32>, _ vector: UnsafePointer<Int16>, columns: Int
  ) -> gru_quad_t {
    #if arch(x86_64) || arch(arm64)
      return unsafe gru_sum_columns32(weights, vector, UInt32(truncatingIfNeeded: columns))
    #else
      var sums = gru_quad_t()
      var column = 0
      while column < columns {
        let x =
          unsafe column &+ 1 < columns
          ? gru_load_halfwords(vector + column) : UInt32(UInt16(bitPattern: vector[column]))
        let words = unsafe weights + (16 &* (column &>> 3) &+ ((column & 7) &>> 1))
        sums.row0 = unsafe gru_smlad(sums.row0, words[0], x)
        sums.row1 = unsafe gru_smlad(sums.row1, words[4], x)
        sums.row2 = unsafe gru_smlad(sums.row2, words[8], x)
        sums.row3 = unsafe gru_smlad(sums.row3, words[12], x)
        column &+= 2
      }
      return sums
    #endif
  }

  @inline(__always)
  static func quadWords(columns: Int) -> Int { 16 &* ((columns &+ 7) &>> 3) }
}

/// int16 weights, whose exact 64-bit sums are rounded to the 32 that the quantizer proved to
/// suffice: `GRU_LAYOUT_QUADS`.
enum Int16Quads: MatrixKernel {
  @inline(__always)
  static func prepare(_ operand: UnsafeMutablePointer<gru_operand_t>) {
    unsafe gru_prepare_int16(operand)
  }

  @inline(__always)
  static func stepResetAfter(_ step: UnsafeMutablePointer<gru_cell_step_t>) -> Bool {
    guard gru_has_dsp() else { return false }
    unsafe gru_step_int16(step, tanhKnotTable)
    return true
  }

  @inline(__always)
  static func add(
    _ constants: UnsafeMutablePointer<gru_constants_t>, _ operand: UnsafePointer<gru_operand_t>,
    _ matrix: gru_matrix_t, to addends: UnsafePointer<gru_quad_t>,
    into sums: UnsafeMutablePointer<gru_quad_t>
  ) {
    unsafe gru_add_int16(constants, operand, addends, sums, UInt32(matrix.shift))
  }

  @inline(__always)
  static func quadWords(columns: Int) -> Int { 2 &* columns }
}

/// Any of the above, by what a matrix says of itself.
enum AnyKernel: MatrixKernel {
  @inline(__always)
  static func prepare(_ operand: UnsafeMutablePointer<gru_operand_t>) {}

  @inline(never)
  static func add(
    _ constants: UnsafeMutablePointer<gru_constants_t>, _ operand: UnsafePointer<gru_operand_t>,
    _ matrix: gru_matrix_t, to addends: UnsafePointer<gru_quad_t>,
    into sums: UnsafeMutablePointer<gru_quad_t>
  ) {
    if Int(matrix.format) == Int(GRU_WEIGHTS_INT16) {
      return unsafe add(Int16Quads.self, constants, operand, matrix, to: addends, into: sums)
    }
    switch Int(matrix.layout) {
    case Int(GRU_LAYOUT_PAIRS):
      unsafe add(Int8Pairs.self, constants, operand, matrix, to: addends, into: sums)
    case Int(GRU_LAYOUT_WIDE):
      unsafe add(Int8Wide.self, constants, operand, matrix, to: addends, into: sums)
    default:
      unsafe add(Int8Quads.self, constants, operand, matrix, to: addends, into: sums)
    }
  }

  /// The operand is readied each time, because matrices of both kinds read it.
  @inline(__always)
  private static func add<Kernel: MatrixKernel>(
    _: Kernel.Type, _ constants: UnsafeMutablePointer<gru_constants_t>,
    _ operand: UnsafePointer<gru_operand_t>, _ matrix: gru_matrix_t,
    to addends: UnsafePointer<gru_quad_t>, into sums: UnsafeMutablePointer<gru_quad_t>
  ) {
    var ready = unsafe operand.pointee
    unsafe Kernel.prepare(&ready)
    unsafe Kernel.add(constants, &ready, matrix, to: addends, into: sums)
  }
}

/// Words that the weights of four rows take.
func quadWords(_ matrix: gru_matrix_t, columns: Int) -> Int {
  if Int(matrix.layout) == Int(GRU_LAYOUT_TOKENS) { return 0 }
  if Int(matrix.layout) == Int(GRU_LAYOUT_WIDE) { return Int8Wide.quadWords(columns: columns) }
  let isInt16 = Int(matrix.format) == Int(GRU_WEIGHTS_INT16)
  return isInt16 ? Int16Quads.quadWords(columns: columns) : columns
}

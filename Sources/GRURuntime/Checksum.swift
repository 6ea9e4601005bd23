import CGRU
import FixedPoint

extension GRUModel {
  /// Compares every constant that a step reads with the CRC-32 that the quantizer wrote.
  ///
  /// - Throws: `checksum`, if flash no longer holds what the header said.
  public func verify() throws(GRUError) {
    guard unsafe checksum == raw.crc32 else { throw .checksum }
  }

  /// CRC-32 over the kind of input and, layer by layer: kind, sizes, settings, then what the
  /// matrices are, their constants and the initial state, as they lie in memory. The quantizer's
  /// `QuantizedNetwork.checksum` walks the same order.
  package var checksum: UInt32 {
    var crc = CRC32()
    unsafe crc.update(raw.input_kind)
    var index = 0
    while index < layerCount {
      let layer = unsafe layer(index)
      let rows = unsafe Int(layer.output_size)
      let columns = unsafe Int(layer.input_size)
      unsafe crc.update(layer.kind)
      unsafe crc.update(UInt32(layer.input_size), bytes: 2)
      unsafe crc.update(UInt32(layer.output_size), bytes: 2)
      if let cell = unsafe layer.cell {
        unsafe crc.update(cell.pointee.reset)
        unsafe crc.update(cell.pointee.candidate)
        unsafe crc.update(cell.pointee.preactivation_shift)
        unsafe crc.update(cell.pointee.carry_bits)
        unsafe crc.update(UInt8(bitPattern: cell.pointee.state_exponent))
        let sizes = unsafe CellSizes(cell, inputSize: columns, hiddenSize: rows)
        unsafe crc.update(gru_cell_matrices(cell), bytes: 18)
        unsafe crc.update(cell.pointee.weights, bytes: 4 &* sizes.words)
        unsafe crc.update(cell.pointee.rows, bytes: 4 &* sizes.rows)
        unsafe crc.update(cell.pointee.tokens, bytes: 2 &* sizes.entries)
        unsafe crc.update(cell.pointee.initial_state, bytes: 2 &* rows)
      } else if let dense = unsafe layer.dense {
        unsafe crc.update(dense.pointee.activation)
        unsafe crc.update(dense.pointee.preactivation_shift)
        unsafe crc.update(UInt8(bitPattern: dense.pointee.output_exponent))
        let quads = paddedRows(rows) &>> 2
        let words = unsafe quads &* quadWords(dense.pointee.matrix, columns: columns)
        unsafe crc.update(gru_dense_matrix(dense), bytes: 3)
        unsafe crc.update(dense.pointee.weights, bytes: 4 &* words)
        unsafe crc.update(dense.pointee.rows, bytes: 32 &* quads)
      } else if let embedding = unsafe layer.embedding {
        unsafe crc.update(embedding.pointee.rows, bytes: 2 &* rows &* columns)
      }
      index &+= 1
    }
    return crc.value
  }
}

/// How many constants a cell has.
private struct CellSizes {
  var words = 0
  var rows = 0
  var entries = 0

  init(_ cell: UnsafePointer<gru_cell_t>, inputSize: Int, hiddenSize: Int) {
    let matrices = unsafe gru_cell_matrices(cell).unsafelyUnwrapped
    let quads = paddedRows(hiddenSize) &>> 2
    var index = 0
    while index < 6 {
      let columns = index & 1 == 0 ? inputSize : hiddenSize
      words &+= unsafe quads &* quadWords(matrices[index], columns: columns)
      // Biases of W, and multipliers where there are products.
      if index & 1 == 0 { rows &+= 4 &* quads }
      if unsafe Int(matrices[index].layout) == Int(GRU_LAYOUT_TOKENS) {
        entries &+= 4 &* quads &* inputSize
      } else {
        rows &+= 4 &* quads
      }
      index &+= 1
    }
    if unsafe cell.pointee.reset == GRU_RESET_AFTER { rows &+= 4 &* quads }
  }
}

extension CRC32 {
  /// The memory of an array, which holds integers least significant byte first on every target.
  mutating func update(_ memory: UnsafeRawPointer?, bytes: Int) {
    guard let memory = unsafe memory else { return }
    var offset = 0
    while offset < bytes {
      unsafe update(memory.load(fromByteOffset: offset, as: UInt8.self))
      offset &+= 1
    }
  }
}

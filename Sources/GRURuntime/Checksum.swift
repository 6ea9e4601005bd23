import CGRU
import FixedPoint

extension GRUModel {
  /// Compares every constant that a step reads with the CRC-32 that the quantizer wrote.
  ///
  /// - Throws: `checksum`, if flash no longer holds what the header said.
  public func verify() throws(GRUError) {
    guard unsafe checksum == raw.crc32 else { throw .checksum }
  }

  /// CRC-32 over the kind of input and, layer by layer: kind, sizes, settings, then matrices (W, U: reset, update,
  /// candidate) and biases, integers least significant byte first. The quantizer's
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
        unsafe crc.update(cell.pointee.input, rows: rows, columns: columns)
        unsafe crc.update(cell.pointee.recurrent, rows: rows, columns: rows)
        unsafe crc.update(cell.pointee.bias, bytes: 12 &* rows)
        unsafe crc.update(cell.pointee.recurrent_bias, bytes: 4 &* rows)
        unsafe crc.update(cell.pointee.initial_state, bytes: 2 &* rows)
      } else if let dense = unsafe layer.dense {
        unsafe crc.update(dense.pointee.activation)
        unsafe crc.update(dense.pointee.preactivation_shift)
        unsafe crc.update(UInt8(bitPattern: dense.pointee.output_exponent))
        unsafe crc.update(dense.pointee.weights, rows: rows, columns: columns)
        unsafe crc.update(dense.pointee.bias, bytes: 4 &* rows)
      } else if let embedding = unsafe layer.embedding {
        unsafe crc.update(embedding.pointee.rows, bytes: 2 &* rows &* columns)
      }
      index &+= 1
    }
    return crc.value
  }
}

extension CRC32 {
  fileprivate mutating func update(_ gates: gru_gates_t, rows: Int, columns: Int) {
    unsafe update(gates.reset, rows: rows, columns: columns)
    unsafe update(gates.update, rows: rows, columns: columns)
    unsafe update(gates.candidate, rows: rows, columns: columns)
  }

  fileprivate mutating func update(_ matrix: gru_matrix_t, rows: Int, columns: Int) {
    unsafe update(matrix.format)
    unsafe update(matrix.layout)
    unsafe update(matrix.shift)
    let bytes = unsafe Int(matrix.format) == Int(GRU_WEIGHTS_INT8) ? 1 : 2
    unsafe update(matrix.weights, bytes: bytes &* rows &* columns)
    if unsafe Int(matrix.layout) == Int(GRU_LAYOUT_ROWS) {
      unsafe update(matrix.multipliers, bytes: 4 &* rows)
    }
  }

  /// The memory of an array, which holds integers least significant byte first on every target.
  fileprivate mutating func update(_ memory: UnsafeRawPointer?, bytes: Int) {
    guard let memory = unsafe memory else { return }
    var offset = 0
    while offset < bytes {
      unsafe update(memory.load(fromByteOffset: offset, as: UInt8.self))
      offset &+= 1
    }
  }
}

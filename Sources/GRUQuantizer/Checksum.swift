import CGRU
import FixedPoint
import ModelFiles

extension QuantizedNetwork {
  /// CRC-32 over every constant that a step reads, in the order of the runtime's
  /// `GRUModel.checksum`.
  public var checksum: UInt32 {
    var crc = CRC32()
    for layer in layers {
      switch layer {
      case .cell(let cell):
        crc.update(UInt8(GRU_LAYER_CELL))
        crc.update(UInt32(layer.inputSize), bytes: 2)
        crc.update(UInt32(layer.outputSize), bytes: 2)
        crc.update(UInt8(GRU_RESET_AFTER))
        crc.update(UInt8(GRU_ACTIVATION_TANH))
        crc.update(UInt8(cell.preActivationShift))
        crc.update(UInt8(cell.carryBits))
        crc.update(UInt8(0))  // state exponent
        for matrix in cell.input.inOrder + cell.recurrent.inOrder { crc.update(matrix) }
        for bias in cell.bias.inOrder { crc.update(bias) }
        crc.update(cell.recurrentBias ?? [])
      case .dense(let dense):
        crc.update(UInt8(GRU_LAYER_DENSE))
        crc.update(UInt32(layer.inputSize), bytes: 2)
        crc.update(UInt32(layer.outputSize), bytes: 2)
        crc.update(dense.activation.code)
        crc.update(UInt8(dense.preActivationShift))
        crc.update(UInt8(0))  // output exponent
        crc.update(dense.weights)
        crc.update(dense.bias)
      }
    }
    return crc.value
  }
}

extension CRC32 {
  fileprivate mutating func update(_ matrix: QuantizedMatrix) {
    update(matrix.format.code)
    update(UInt8(GRU_LAYOUT_ROWS))
    update(UInt8(matrix.shift))
    for weight in matrix.weights {
      update(UInt32(UInt16(bitPattern: weight)), bytes: Int32(matrix.format.size))
    }
    update(matrix.multipliers)
  }

  fileprivate mutating func update(_ values: [Int32]) {
    for value in values { update(UInt32(bitPattern: value), bytes: 4) }
  }
}

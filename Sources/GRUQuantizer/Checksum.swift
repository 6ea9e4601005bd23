import CGRU
import FixedPoint
import ModelFiles

extension QuantizedNetwork {
  /// CRC-32 over every constant that a step reads, in the order of the runtime's
  /// `GRUModel.checksum`.
  public var checksum: UInt32 {
    var crc = CRC32()
    crc.update(UInt8(readsTokens ? GRU_INPUT_TOKEN : GRU_INPUT_VECTOR))
    for layer in layers {
      crc.update(layer.kind)
      crc.update(UInt32(layer.inputSize), bytes: 2)
      crc.update(UInt32(layer.outputSize), bytes: 2)
      switch layer {
      case .embedding(let embedding):
        crc.update(embedding.rows)
      case .cell(let cell):
        crc.update(cell.reset.code)
        crc.update(cell.candidate.code)
        crc.update(UInt8(cell.preActivationShift))
        crc.update(UInt8(cell.carryBits))
        crc.update(UInt8(bitPattern: Int8(cell.stateExponent)))
        for matrix in cell.matrices { crc.update(matrix) }
        crc.update(cell.stream)
        crc.update(cell.initialState ?? [])
      case .dense(let dense):
        crc.update(dense.activation.code)
        crc.update(UInt8(dense.preActivationShift))
        crc.update(UInt8(bitPattern: Int8(dense.outputExponent)))
        crc.update(dense.weights)
        crc.update(dense.stream)
      }
    }
    return crc.value
  }
}

extension QuantizedLayer {
  /// The header's constant.
  public var kind: UInt8 {
    switch self {
    case .embedding: UInt8(GRU_LAYER_EMBEDDING)
    case .cell: UInt8(GRU_LAYER_CELL)
    case .dense: UInt8(GRU_LAYER_DENSE)
    }
  }
}

extension CRC32 {
  fileprivate mutating func update(_ matrix: QuantizedMatrix) {
    update(matrix.format.code)
    update(matrix.layout.code)
    update(UInt8(matrix.shift))
  }

  fileprivate mutating func update(_ stream: ConstantStream) {
    for word in stream.weights { update(word, bytes: 4) }
    for value in stream.rows { update(UInt32(bitPattern: value), bytes: 4) }
    update(stream.tokens)
  }

  fileprivate mutating func update(_ values: [Int16]) {
    for value in values { update(UInt32(UInt16(bitPattern: value)), bytes: 2) }
  }
}

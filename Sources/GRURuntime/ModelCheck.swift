import CGRU

/// Checks everything about a model that a step relies on, apart from the values of its constants.
func check(_ model: gru_model_t) throws(GRUError) {
  guard unsafe Int32(model.format_version) == GRU_FORMAT_VERSION else { throw .version }
  guard unsafe model.input_kind == GRU_INPUT_VECTOR else { throw .unsupported }
  guard let layers = unsafe model.layers else { throw .nullPointer }
  guard unsafe model.layer_count > 0 else { throw .shape }

  var width = unsafe model.input_size
  var stateSize = 0
  var scratchSize = 0
  var index = 0
  while unsafe index < Int(model.layer_count) {
    let layer = unsafe layers[index]
    guard unsafe layer.input_size == width, unsafe layer.input_size > 0,
      unsafe layer.output_size > 0
    else { throw .shape }
    width = unsafe layer.output_size

    switch unsafe Int(layer.kind) {
    case Int(GRU_LAYER_CELL):
      guard let cell = unsafe layer.cell else { throw .nullPointer }
      try unsafe check(cell.pointee)
      stateSize &+= paddedSize(Int(width), of: 2)
      if unsafe cell.pointee.carry_bits != 0 { stateSize &+= paddedSize(Int(width), of: 1) }
      scratchSize = max(scratchSize, paddedSize(Int(width), of: 2))
    case Int(GRU_LAYER_DENSE):
      guard let dense = unsafe layer.dense else { throw .nullPointer }
      try unsafe check(dense.pointee)
      // A dense layer is the last one, and has a cell before it.
      guard unsafe index == Int(model.layer_count) &- 1, index > 0 else { throw .unsupported }
    default:
      throw .unsupported
    }
    index &+= 1
  }

  guard unsafe width == model.output_size,
    unsafe model.state_size == UInt32(truncatingIfNeeded: stateSize),
    unsafe model.scratch_size == UInt32(truncatingIfNeeded: scratchSize)
  else { throw .shape }
}

private func check(_ cell: gru_cell_t) throws(GRUError) {
  guard unsafe Int(cell.reset) == Int(GRU_RESET_AFTER),
    unsafe Int(cell.candidate) == Int(GRU_ACTIVATION_TANH),
    unsafe cell.state_exponent == 0,
    unsafe cell.carry_bits == 0 || cell.carry_bits == 8
  else { throw .unsupported }
  try unsafe check(cell.input)
  try unsafe check(cell.recurrent)
  try unsafe require(cell.bias, alignedTo: 4)
  try unsafe check(cell.recurrent_bias, alignedTo: 4)
  try unsafe check(cell.initial_state, alignedTo: 2)
  guard unsafe cell.preactivation_shift <= largestPreActivationShift else { throw .shape }
}

private func check(_ dense: gru_dense_t) throws(GRUError) {
  guard
    unsafe Int(dense.activation) == Int(GRU_ACTIVATION_NONE)
      || Int(dense.activation) == Int(GRU_ACTIVATION_SOFTMAX)
  else { throw .unsupported }
  try unsafe check(dense.weights)
  try unsafe require(dense.bias, alignedTo: 4)
  guard unsafe dense.preactivation_shift <= largestPreActivationShift else { throw .shape }
}

private func check(_ gates: gru_gates_t) throws(GRUError) {
  try unsafe check(gates.reset)
  try unsafe check(gates.update)
  try unsafe check(gates.candidate)
}

private func check(_ matrix: gru_matrix_t) throws(GRUError) {
  guard unsafe Int(matrix.layout) == Int(GRU_LAYOUT_ROWS) else { throw .unsupported }
  try unsafe require(matrix.multipliers, alignedTo: 4)
  switch unsafe Int(matrix.format) {
  case Int(GRU_WEIGHTS_INT8):
    try unsafe require(matrix.weights, alignedTo: 1)
    guard unsafe matrix.shift == 0 else { throw .shape }
  case Int(GRU_WEIGHTS_INT16):
    try unsafe require(matrix.weights, alignedTo: 2)
    guard unsafe (1...31).contains(matrix.shift) else { throw .shape }
  default:
    throw .unsupported
  }
}

/// A pre-activation keeps at least as many fraction bits as the shift leaves of its 18.
private let largestPreActivationShift: UInt8 = 18

private func require(_ pointer: UnsafeRawPointer?, alignedTo bytes: UInt) throws(GRUError) {
  guard unsafe pointer != nil else { throw .nullPointer }
  try unsafe check(pointer, alignedTo: bytes)
}

func check(_ pointer: UnsafeRawPointer?, alignedTo bytes: UInt) throws(GRUError) {
  guard UInt(bitPattern: pointer) & (bytes &- 1) == 0 else { throw .alignment }
}

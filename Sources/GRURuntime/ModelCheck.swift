import CGRU

/// Checks everything about a model that a step relies on, apart from the values of its constants.
func check(_ model: gru_model_t) throws(GRUError) {
  guard unsafe Int32(model.format_version) == GRU_FORMAT_VERSION else { throw .version }
  let readsTokens = unsafe Int(model.input_kind) == Int(GRU_INPUT_TOKEN)
  guard unsafe readsTokens || Int(model.input_kind) == Int(GRU_INPUT_VECTOR) else {
    throw .unsupported
  }
  guard let layers = unsafe model.layers else { throw .nullPointer }
  guard unsafe model.layer_count > 0 else { throw .shape }

  let last = unsafe Int(model.layer_count) &- 1
  var width = unsafe model.input_size
  var sizes = MemorySizes()
  var index = 0
  while index <= last {
    let layer = unsafe layers[index]
    guard unsafe layer.input_size == width, unsafe layer.input_size > 0,
      unsafe layer.output_size > 0
    else { throw .shape }
    try unsafe check(layer, readsToken: readsTokens && index == 0, isLast: index == last)
    unsafe sizes.add(layer, isLast: index == last)
    width = unsafe layer.output_size
    index &+= 1
  }

  guard unsafe width == model.output_size,
    unsafe model.state_size == UInt32(truncatingIfNeeded: sizes.state),
    unsafe model.scratch_size
      == UInt32(truncatingIfNeeded: sizes.cellScratch &+ sizes.vectorScratch)
  else { throw .shape }
}

/// Bytes that the layers add up to.
private struct MemorySizes {
  var state = 0
  var cellScratch = 0
  var vectorScratch = 0

  mutating func add(_ layer: gru_layer_t, isLast: Bool) {
    let units = unsafe Int(layer.output_size)
    if let cell = unsafe layer.cell {
      state &+= paddedSize(units, of: 2)
      if unsafe cell.pointee.carry_bits != 0 { state &+= paddedSize(units, of: 1) }
      cellScratch = unsafe max(cellScratch, cellScratchSize(cell, units: units))
    } else if unsafe layer.dense != nil, !isLast {
      vectorScratch &+= paddedSize(units, of: 2)
    }
  }
}

/// Exactly the pointer that the kind names is set, and what it leads to can be run.
private func check(_ layer: gru_layer_t, readsToken: Bool, isLast: Bool) throws(GRUError) {
  switch unsafe Int(layer.kind) {
  case Int(GRU_LAYER_CELL):
    guard let cell = unsafe layer.cell else { throw .nullPointer }
    guard unsafe layer.dense == nil, unsafe layer.embedding == nil else { throw .shape }
    try unsafe check(cell.pointee, readsToken: readsToken)
  case Int(GRU_LAYER_DENSE):
    guard let dense = unsafe layer.dense else { throw .nullPointer }
    guard unsafe layer.cell == nil, unsafe layer.embedding == nil else { throw .shape }
    guard !readsToken else { throw .unsupported }
    try unsafe check(dense.pointee, isLast: isLast)
  case Int(GRU_LAYER_EMBEDDING):
    guard let embedding = unsafe layer.embedding else { throw .nullPointer }
    guard unsafe layer.cell == nil, unsafe layer.dense == nil else { throw .shape }
    guard readsToken, !isLast else { throw .unsupported }
    try unsafe require(embedding.pointee.rows, alignedTo: 2)
  default:
    throw .unsupported
  }
}

private func check(_ cell: gru_cell_t, readsToken: Bool) throws(GRUError) {
  let isRelu = unsafe Int(cell.candidate) == Int(GRU_ACTIVATION_RELU)
  guard unsafe cell.reset == GRU_RESET_AFTER || cell.reset == GRU_RESET_BEFORE,
    unsafe isRelu || Int(cell.candidate) == Int(GRU_ACTIVATION_TANH),
    unsafe cell.carry_bits == 0 || cell.carry_bits == 8
  else { throw .unsupported }
  guard unsafe cell.state_exponent >= 0,
    unsafe cell.state_exponent <= (isRelu ? largestExponent : 0),
    unsafe cell.preactivation_shift <= largestPreActivationShift
  else { throw .shape }
  try unsafe check(cell.input, layout: readsToken ? GRU_LAYOUT_TOKENS : GRU_LAYOUT_ROWS)
  try unsafe check(cell.recurrent, layout: GRU_LAYOUT_ROWS)
  try unsafe require(cell.bias, alignedTo: 4)
  try unsafe check(cell.recurrent_bias, alignedTo: 4)
  try unsafe check(cell.initial_state, alignedTo: 2)
}

private func check(_ dense: gru_dense_t, isLast: Bool) throws(GRUError) {
  guard unsafe Int(dense.activation) <= Int(GRU_ACTIVATION_SOFTMAX),
    unsafe isLast || Int(dense.activation) != Int(GRU_ACTIVATION_SOFTMAX)
  else { throw .unsupported }
  guard unsafe dense.output_exponent > -3, unsafe dense.output_exponent <= largestExponent,
    unsafe dense.preactivation_shift <= largestPreActivationShift
  else { throw .shape }
  try unsafe check(dense.weights, layout: GRU_LAYOUT_ROWS)
  try unsafe require(dense.bias, alignedTo: 4)
}

private func check(_ gates: gru_gates_t, layout: Int) throws(GRUError) {
  try unsafe check(gates.reset, layout: layout)
  try unsafe check(gates.update, layout: layout)
  try unsafe check(gates.candidate, layout: layout)
}

private func check(_ matrix: gru_matrix_t, layout: Int) throws(GRUError) {
  guard unsafe Int(matrix.layout) == layout else { throw .unsupported }
  let isInt16 = unsafe Int(matrix.format) == Int(GRU_WEIGHTS_INT16)
  guard unsafe isInt16 || Int(matrix.format) == Int(GRU_WEIGHTS_INT8) else { throw .unsupported }
  try unsafe require(matrix.weights, alignedTo: isInt16 ? 2 : 1)
  if layout == Int(GRU_LAYOUT_TOKENS) {
    guard isInt16 else { throw .unsupported }
    guard unsafe matrix.shift <= 31 else { throw .shape }
  } else {
    try unsafe require(matrix.multipliers, alignedTo: 4)
    guard unsafe isInt16 ? (1...31).contains(matrix.shift) : matrix.shift == 0 else {
      throw .shape
    }
  }
}

/// States and vectors reach at most 2¹² = 4,096, half as far as a pre-activation.
private let largestExponent: Int8 = 12

/// A pre-activation keeps at least as many fraction bits as the shift leaves of its 18.
private let largestPreActivationShift: UInt8 = 18

private func require(_ pointer: UnsafeRawPointer?, alignedTo bytes: UInt) throws(GRUError) {
  guard unsafe pointer != nil else { throw .nullPointer }
  try unsafe check(pointer, alignedTo: bytes)
}

func check(_ pointer: UnsafeRawPointer?, alignedTo bytes: UInt) throws(GRUError) {
  guard UInt(bitPattern: pointer) & (bytes &- 1) == 0 else { throw .alignment }
}

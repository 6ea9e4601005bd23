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
  guard let kernel = unsafe cell.kernel, unsafe kernel.pointee.step != nil else {
    throw .nullPointer
  }
  guard unsafe kernel.pointee.reset == cell.reset else { throw .unsupported }
  let kind = unsafe (kernel.pointee.format, kernel.pointee.layout)
  let matrices = unsafe cell.matrices
  try check(matrices.0, kind, isTable: readsToken)
  try check(matrices.1, kind, isTable: false)
  try check(matrices.2, kind, isTable: readsToken)
  try check(matrices.3, kind, isTable: false)
  try check(matrices.4, kind, isTable: readsToken)
  try check(matrices.5, kind, isTable: false)
  try unsafe require(cell.weights, alignedTo: 4)
  try unsafe require(cell.rows, alignedTo: 4)
  if readsToken { try unsafe require(cell.tokens, alignedTo: 2) }
  try unsafe check(cell.initial_state, alignedTo: 2)
}

private func check(_ dense: gru_dense_t, isLast: Bool) throws(GRUError) {
  guard unsafe Int(dense.activation) <= Int(GRU_ACTIVATION_SOFTMAX),
    unsafe isLast || Int(dense.activation) != Int(GRU_ACTIVATION_SOFTMAX)
  else { throw .unsupported }
  guard unsafe dense.output_exponent > -3, unsafe dense.output_exponent <= largestExponent,
    unsafe dense.preactivation_shift <= largestPreActivationShift
  else { throw .shape }
  guard let kernel = unsafe dense.kernel, unsafe kernel.pointee.apply != nil else {
    throw .nullPointer
  }
  let kind = unsafe (kernel.pointee.format, kernel.pointee.layout)
  try unsafe check(dense.matrix, kind, isTable: false)
  try unsafe require(dense.weights, alignedTo: 4)
  try unsafe require(dense.rows, alignedTo: 4)
}

/// A matrix that its layer's kernel runs: of the one format and layout that the kernel is for, or
/// of any; or a table of tokens.
private func check(
  _ matrix: gru_matrix_t, _ kernel: (format: UInt8, layout: UInt8), isTable: Bool
) throws(GRUError) {
  let isInt16 = Int(matrix.format) == Int(GRU_WEIGHTS_INT16)
  guard isInt16 || Int(matrix.format) == Int(GRU_WEIGHTS_INT8) else { throw .unsupported }
  if isTable {
    guard isInt16, Int(matrix.layout) == Int(GRU_LAYOUT_TOKENS) else { throw .unsupported }
    guard matrix.shift <= 31 else { throw .shape }
    return
  }
  guard Int(matrix.layout) <= Int(isInt16 ? GRU_LAYOUT_QUADS : GRU_LAYOUT_WIDE) else {
    throw .unsupported
  }
  let isAny = kernel.format == 0
  guard isAny || (matrix.format, matrix.layout) == kernel else { throw .unsupported }
  guard isInt16 ? (1...31).contains(matrix.shift) : matrix.shift == 0 else { throw .shape }
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

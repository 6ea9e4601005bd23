// Every framework's rows, columns and names, in one place. A prime (') is a transpose.

extension SortedCell {
  /// Sorts the tensors of one layer.
  ///
  /// - Parameter index: the layer of a PyTorch stack; 0 for all other layouts.
  init(_ tensors: LayerTensors, _ layout: Layout, index: Int) throws(InputError) {
    switch layout {
    case .pytorch: try self.init(stack: tensors, index: index)
    case .pytorchCell:
      try self.init(
        rowBlocks: tensors, w: "weight_ih", u: "weight_hh", b: "bias_ih", c: "bias_hh")
    case .keras: try self.init(keras: tensors)
    case .onnx: try self.init(onnx: tensors)
    case .flaxLinen: try self.init(flaxLinen: tensors)
    case .flaxNNX: try self.init(flaxNNX: tensors)
    case .equinox: try self.init(equinox: tensors)
    case .haiku: try self.init(haiku: tensors)
    case .tf1: try self.init(tf1: tensors)
    case .matlab: try self.init(matlab: tensors)
    }
  }

  /// PyTorch `nn.GRU`: `weight_ih_lk` (3H, I), `weight_hh_lk` (3H, H), `bias_ih_lk`, `bias_hh_lk`
  /// (3H), rows r, z, n; reset after. Its names allow no other reading.
  private init(stack tensors: LayerTensors, index: Int) throws(InputError) {
    func name(_ tensor: String) -> String { "\(tensor)_l\(index)" }
    try self.init(
      rowBlocks: tensors, w: name("weight_ih"), u: name("weight_hh"), b: name("bias_ih"),
      c: name("bias_hh"))
    hasSquareInput = false
  }

  /// Rows r, z, n of (3H, I) and (3H, H), both biases (3H) or none; reset after.
  private init(
    rowBlocks tensors: LayerTensors, w: String, u: String, b: String, c: String
  ) throws(InputError) {
    let recurrent = try tensors.matrix(u)
    let hidden = recurrent.columns
    try tensors.refuseOtherCells(u, blocks: recurrent.rows, hidden: hidden)
    guard recurrent.rows == 3 * hidden else {
      throw tensors.shapeError(u, expected: [3 * hidden, hidden])
    }
    let input = try tensors.matrix(w)
    guard input.rows == 3 * hidden else {
      throw tensors.shapeError(
        w, expected: [3 * hidden, input.columns],
        notes: [
          "note: hidden size \(hidden) comes from '\(tensors.fullName(u))' with shape "
            + "[\(recurrent.rows), \(hidden)]"
        ])
    }
    try tensors.requireBothOrNone(b, c)
    self.init(
      blocks: input, recurrent, try tensors.bias(b, count: 3 * hidden),
      try tensors.bias(c, count: 3 * hidden), order: [0, 1, 2], reset: .after)
  }

  /// Keras: `kernel` (I, 3H), `recurrent_kernel` (H, 3H), columns z, r, h; `bias` (2, 3H), input
  /// and recurrent, means reset after, (3H) reset before.
  private init(keras tensors: LayerTensors) throws(InputError) {
    let (kernel, recurrent) = try Self.columnBlocks(tensors, "kernel", "recurrent_kernel")
    let size = recurrent.rows
    var (b, c) = (Array(repeating: 0.0, count: size), Array(repeating: 0.0, count: size))
    var reset = ResetMode.after
    if tensors.has("bias") {
      let bias = try tensors.tensor("bias")
      switch bias.shape {
      case [2, size]:
        let values = Array(bias.values)
        (b, c) = (block(values, 0, size), block(values, 1, size))
      case [size]: (b, reset) = (Array(bias.values), .before)
      default: throw tensors.shapeError("bias", expected: [2, size])
      }
    }
    self.init(blocks: kernel, recurrent, b, c, order: [1, 0, 2], reset: reset)
  }

  /// ONNX: `W` (D, 3H, I), `R` (D, 3H, H), `B` (D, 6H) = [Wb, Rb], rows z, r, h; D = 1. Reset
  /// before is the default, linear_before_reset = 1 is reset after.
  private init(onnx tensors: LayerTensors) throws(InputError) {
    func only(_ name: String) throws(InputError) -> Tensor {
      var tensor = try tensors.tensor(name)
      if tensor.shape.first == 2 {
        throw tensors.file.error(
          "tensor '\(tensor.name)' has two directions: a bidirectional GRU cannot run step by step")
      }
      if tensor.shape.first == 1 { tensor.shape.removeFirst() }
      return tensor
    }
    let (w, r) = (try only("W"), try only("R"))
    guard r.shape.count == 2 else { throw tensors.shapeError("R", expected: [1, 3, 1]) }
    let hidden = r.shape[1]
    try tensors.refuseOtherCells("R", blocks: r.shape[0], hidden: hidden)
    guard r.shape[0] == 3 * hidden else {
      throw tensors.shapeError("R", expected: [1, 3 * hidden, hidden])
    }
    guard w.shape.count == 2, w.shape[0] == 3 * hidden else {
      throw tensors.shapeError("W", expected: [1, 3 * hidden, w.shape.last ?? 1])
    }
    var biases = Array(repeating: 0.0, count: 6 * hidden)
    if tensors.has("B") {
      let tensor = try only("B")
      guard tensor.shape == [6 * hidden] else {
        throw tensors.shapeError("B", expected: [1, 6 * hidden])
      }
      biases = Array(tensor.values)
    }
    self.init(
      blocks: StoredMatrix(rows: 3 * hidden, columns: w.shape[1], w.values),
      StoredMatrix(rows: 3 * hidden, columns: hidden, r.values),
      block(biases, 0, 3 * hidden), block(biases, 1, 3 * hidden), order: [1, 0, 2],
      reset: .before)
  }

  /// Flax linen: `ir`, `iz`, `in` (kernel (I, H), bias), `hr`, `hz` (kernel (H, H)), `hn` (kernel,
  /// bias); reset after.
  private init(flaxLinen tensors: LayerTensors) throws(InputError) {
    let hidden = try tensors.matrix("hn.kernel").columns
    let width = try tensors.matrix("in.kernel").rows
    let inputs = Gates(reset: "ir", update: "iz", candidate: "in")
    let recurrents = Gates(reset: "hr", update: "hz", candidate: "hn")
    self.init(
      input: try inputs.map { name throws(InputError) in
        try tensors.matrix("\(name).kernel", rows: width, columns: hidden).transposed
      },
      recurrent: try recurrents.map { name throws(InputError) in
        try tensors.matrix("\(name).kernel", rows: hidden, columns: hidden).transposed
      },
      inputBias: try inputs.map { name throws(InputError) in
        try tensors.bias("\(name).bias", count: hidden)
      },
      recurrentBias: try recurrents.map { name throws(InputError) in
        try tensors.bias("\(name).bias", count: hidden)
      },
      reset: .after, hasSquareInput: width == hidden)
  }

  /// Flax nnx: `dense_i` (kernel (I, 3H), bias (3H)), `dense_h` (kernel (H, 3H)), columns r, z, n;
  /// reset after.
  private init(flaxNNX tensors: LayerTensors) throws(InputError) {
    let (input, recurrent) = try Self.columnBlocks(tensors, "dense_i.kernel", "dense_h.kernel")
    let size = recurrent.rows
    self.init(
      blocks: input, recurrent, try tensors.bias("dense_i.bias", count: size),
      try tensors.bias("dense_h.bias", count: size), order: [0, 1, 2], reset: .after)
  }

  /// Equinox: `weight_ih` (3H, I), `weight_hh` (3H, H), `bias` (3H), `bias_n` (H) inside the reset
  /// product; rows r, z, n; reset after.
  private init(equinox tensors: LayerTensors) throws(InputError) {
    try self.init(
      rowBlocks: tensors, w: "weight_ih", u: "weight_hh", b: "no bias_ih", c: "no bias_hh")
    let hidden = recurrent.reset.rows
    let bias = try tensors.bias("bias", count: 3 * hidden)
    inputBias = Gates(
      reset: block(bias, 0, hidden), update: block(bias, 1, hidden),
      candidate: block(bias, 2, hidden))
    recurrentBias.candidate = try tensors.bias("bias_n", count: hidden)
  }

  /// Haiku: `w_i` (I, 3H), `w_h` (H, 3H), `b` (3H), columns z, r, a; reset before; z updates.
  private init(haiku tensors: LayerTensors) throws(InputError) {
    let (input, recurrent) = try Self.columnBlocks(tensors, "w_i", "w_h")
    let size = recurrent.rows
    self.init(
      blocks: input, recurrent, try tensors.bias("b", count: size),
      Array(repeating: 0, count: size), order: [1, 0, 2], reset: .before)
  }

  /// TensorFlow 1: `w_ru` (I + H, 2H) and `w_c` (I + H, H) over [x, h], `b_ru` (2H), `b_c` (H),
  /// columns r, u; reset before.
  private init(tf1 tensors: LayerTensors) throws(InputError) {
    let candidate = try tensors.matrix("w_c")
    let hidden = candidate.columns
    let width = candidate.rows - hidden
    guard width > 0 else {
      throw tensors.shapeError("w_c", expected: [hidden + 1, hidden])
    }
    let gates = try tensors.matrix("w_ru", rows: width + hidden, columns: 2 * hidden).transposed
    let bias = try tensors.bias("b_ru", count: 2 * hidden)
    let blocks = Gates(
      reset: gates.rowBlock(0, hidden), update: gates.rowBlock(1, hidden),
      candidate: candidate.transposed)
    let zero = Array(repeating: 0.0, count: hidden)
    self.init(
      input: blocks.map { $0.columnRange(0..<width) },
      recurrent: blocks.map { $0.columnRange(width..<width + hidden) },
      inputBias: Gates(
        reset: block(bias, 0, hidden), update: block(bias, 1, hidden),
        candidate: try tensors.bias("b_c", count: hidden)),
      recurrentBias: Gates(reset: zero, update: zero, candidate: zero),
      reset: .before, hasSquareInput: width == hidden)
  }

  /// MATLAB gruLayer: `InputWeights` (3H, I), `RecurrentWeights` (3H, H), `Bias` (3H) or (6H), rows
  /// r, z, h; the default reset gate mode is after multiplication.
  private init(matlab tensors: LayerTensors) throws(InputError) {
    try self.init(
      rowBlocks: tensors, w: "InputWeights", u: "RecurrentWeights", b: "no bias", c: "no bias")
    let hidden = recurrent.reset.rows
    guard tensors.has("Bias") else { return }
    let values = Array(try tensors.tensor("Bias").values)
    guard values.count == 3 * hidden || values.count == 6 * hidden else {
      throw tensors.shapeError("Bias", expected: [3 * hidden])
    }
    func gates(from first: Int) -> Gates<[Double]> {
      Gates(
        reset: block(values, first, hidden), update: block(values, first + 1, hidden),
        candidate: block(values, first + 2, hidden))
    }
    inputBias = gates(from: 0)
    if values.count == 6 * hidden { recurrentBias = gates(from: 3) }
  }
}

extension SortedCell {
  /// Blocks of H rows: `order` says which block is r, z and n.
  private init(
    blocks input: StoredMatrix, _ recurrent: StoredMatrix, _ b: [Double], _ c: [Double],
    order: [Int], reset: ResetMode
  ) {
    let hidden = recurrent.columns
    func gates<T>(_ pick: (Int) -> T) -> Gates<T> {
      Gates(reset: pick(order[0]), update: pick(order[1]), candidate: pick(order[2]))
    }
    self.init(
      input: gates { input.rowBlock($0, hidden) },
      recurrent: gates { recurrent.rowBlock($0, hidden) },
      inputBias: gates { block(b, $0, hidden) }, recurrentBias: gates { block(c, $0, hidden) },
      reset: reset, hasSquareInput: input.rows == input.columns)
  }

  /// (I, 3H)' and (H, 3H)'.
  private static func columnBlocks(
    _ tensors: LayerTensors, _ w: String, _ u: String
  ) throws(InputError) -> (StoredMatrix, StoredMatrix) {
    let recurrent = try tensors.matrix(u)
    let hidden = recurrent.rows
    try tensors.refuseOtherCells(u, blocks: recurrent.columns, hidden: hidden)
    guard recurrent.columns == 3 * hidden else {
      throw tensors.shapeError(u, expected: [hidden, 3 * hidden])
    }
    let input = try tensors.matrix(w)
    guard input.columns == 3 * hidden else {
      throw tensors.shapeError(
        w, expected: [input.rows, 3 * hidden],
        notes: [
          "note: hidden size \(hidden) comes from '\(tensors.fullName(u))' with shape "
            + "[\(hidden), \(recurrent.columns)]"
        ])
    }
    return (input.transposed, recurrent.transposed)
  }
}

import CGRU
import GRURuntime
import Testing

/// A small legal model in memory, whose members a test may spoil.
private final class SmallModel {
  let weights = UnsafeMutablePointer<UInt32>.allocate(capacity: 16)
  let numbers = UnsafeMutablePointer<Int32>.allocate(capacity: 64)
  let cell = UnsafeMutablePointer<gru_cell_t>.allocate(capacity: 1)
  let dense = UnsafeMutablePointer<gru_dense_t>.allocate(capacity: 1)
  let embedding = UnsafeMutablePointer<gru_embedding_t>.allocate(capacity: 1)
  let layers = UnsafeMutablePointer<gru_layer_t>.allocate(capacity: 2)
  var model = gru_model_t()

  /// One input, one hidden unit, two outputs.
  init() {
    weights.initialize(repeating: 3, count: 16)
    numbers.initialize(repeating: 1 << 20, count: 64)
    let matrix = gru_matrix_t(
      format: UInt8(GRU_WEIGHTS_INT8), layout: UInt8(GRU_LAYOUT_QUADS), shift: 0)
    cell.initialize(
      to: gru_cell_t(
        kernel: gru_cell_kernel(UInt8(GRU_RESET_AFTER), 0, 0), weights: weights, rows: numbers,
        tokens: nil, initial_state: nil,
        preactivation_shift: 0, state_exponent: 0, reset: UInt8(GRU_RESET_AFTER),
        candidate: UInt8(GRU_ACTIVATION_TANH),
        matrices: (matrix, matrix, matrix, matrix, matrix, matrix), carry_bits: 0))
    dense.initialize(
      to: gru_dense_t(
        kernel: gru_dense_kernel(0, 0), weights: weights, rows: numbers, matrix: matrix,
        activation: UInt8(GRU_ACTIVATION_NONE),
        preactivation_shift: 0, output_exponent: 0))
    embedding.initialize(to: gru_embedding_t(rows: nil))
    layers[0] = gru_layer_t(
      kind: UInt8(GRU_LAYER_CELL), input_size: 1, output_size: 1, cell: cell, dense: nil,
      embedding: nil)
    layers[1] = gru_layer_t(
      kind: UInt8(GRU_LAYER_DENSE), input_size: 1, output_size: 2, cell: nil, dense: dense,
      embedding: nil)
    model = gru_model_t(
      format_version: UInt16(GRU_FORMAT_VERSION), layer_count: 2, input_size: 1, output_size: 2,
      input_kind: UInt8(GRU_INPUT_VECTOR), state_size: 4, scratch_size: 4, crc32: 0,
      input_scale: 1, input_scales: nil, input_offsets: nil, layers: layers)
  }

  /// Makes the cell's input products a table, which legal tokens look up.
  func readTokens() {
    let table = gru_matrix_t(
      format: UInt8(GRU_WEIGHTS_INT16), layout: UInt8(GRU_LAYOUT_TOKENS), shift: 0)
    model.input_kind = UInt8(GRU_INPUT_TOKEN)
    cell[0].tokens = UnsafeRawPointer(numbers).assumingMemoryBound(to: Int16.self)
    (cell[0].matrices.0, cell[0].matrices.2, cell[0].matrices.4) = (table, table, table)
  }

  deinit {
    weights.deallocate()
    numbers.deallocate()
    cell.deallocate()
    dense.deallocate()
    embedding.deallocate()
    layers.deallocate()
  }
}

/// One way to spoil a model, and the error that names it.
private struct Fault: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let error: GRUError
  let spoil: @Sendable (SmallModel) -> Void

  init(_ description: String, _ error: GRUError, _ spoil: @escaping @Sendable (SmallModel) -> Void)
  {
    testDescription = description
    self.error = error
    self.spoil = spoil
  }
}

private let faults: [Fault] = [
  Fault("format of the future", .version) { $0.model.format_version += 1 },
  Fault("no layers", .nullPointer) { $0.model.layers = nil },
  Fault("layer count 0", .shape) { $0.model.layer_count = 0 },
  Fault("token input", .unsupported) { $0.model.input_kind = UInt8(GRU_INPUT_TOKEN) },
  Fault("layer of unknown kind", .unsupported) { $0.layers[0].kind = 99 },
  Fault("embedding missing", .nullPointer) { $0.layers[0].kind = UInt8(GRU_LAYER_EMBEDDING) },
  Fault("embedding fed with vectors", .unsupported) {
    $0.layers[0].kind = UInt8(GRU_LAYER_EMBEDDING)
    $0.layers[0].cell = nil
    $0.layers[0].embedding = UnsafePointer($0.embedding)
  },
  Fault("a cell and a dense layer in one", .shape) { $0.layers[0].dense = $0.layers[1].dense },
  Fault("a cell and an embedding in one", .shape) {
    $0.layers[0].embedding = UnsafePointer($0.embedding)
  },
  Fault("a dense layer and a cell in one", .shape) { $0.layers[1].cell = $0.layers[0].cell },
  Fault("a dense layer and an embedding in one", .shape) {
    $0.layers[1].embedding = UnsafePointer($0.embedding)
  },
  Fault("an embedding and a dense layer in one", .shape) {
    $0.layers[0].kind = UInt8(GRU_LAYER_EMBEDDING)
    $0.layers[0].cell = nil
    $0.layers[0].dense = $0.layers[1].dense
    $0.layers[0].embedding = UnsafePointer($0.embedding)
  },
  Fault("a dense layer fed with tokens", .unsupported) {
    $0.layers[0] = $0.layers[1]
    $0.model.layer_count = 1
    $0.model.input_kind = UInt8(GRU_INPUT_TOKEN)
  },
  Fault("a token's table shifted by 32", .shape) {
    $0.readTokens()
    $0.cell[0].matrices.0.shift = 32
  },
  Fault("a token's table of int8", .unsupported) {
    $0.readTokens()
    $0.cell[0].matrices.2.format = UInt8(GRU_WEIGHTS_INT8)
  },
  Fault("weights in place of a token's table", .unsupported) {
    $0.readTokens()
    $0.cell[0].matrices.4 = $0.cell[0].matrices.1
  },
  Fault("a token's table in place of weights", .unsupported) {
    $0.readTokens()
    $0.cell[0].matrices.5 = $0.cell[0].matrices.0
  },
  Fault("tables missing", .nullPointer) {
    $0.readTokens()
    $0.cell[0].tokens = nil
  },
  Fault("tables misaligned", .alignment) {
    $0.readTokens()
    $0.cell[0].tokens = UnsafePointer(bitPattern: UInt(bitPattern: $0.numbers) + 1)
  },
  Fault("a shift of 32", .shape) {
    $0.dense[0].kernel = gru_dense_kernel(
      UInt8(GRU_WEIGHTS_INT16), UInt8(GRU_LAYOUT_QUADS))
    $0.dense[0].matrix.format = UInt8(GRU_WEIGHTS_INT16)
    $0.dense[0].matrix.shift = 32
  },
  Fault("input of unknown kind", .unsupported) { $0.model.input_kind = 2 },
  Fault("cell missing", .nullPointer) { $0.layers[0].cell = nil },
  Fault("dense missing", .nullPointer) { $0.layers[1].dense = nil },
  Fault("no inputs", .shape) {
    $0.layers[0].input_size = 0; $0.model.input_size = 0
  },
  Fault("no units", .shape) { $0.layers[0].output_size = 0 },
  Fault("layers that don't meet", .shape) { $0.layers[1].input_size = 2 },
  Fault("model wider than its last layer", .shape) { $0.model.output_size = 3 },
  Fault("state size", .shape) { $0.model.state_size = 8 },
  Fault("scratch size", .shape) { $0.model.scratch_size = 8 },
  Fault("softmax before another layer", .unsupported) {
    $0.layers[0] = $0.layers[1]
    $0.layers[0].output_size = 1
    $0.dense[0].activation = UInt8(GRU_ACTIVATION_SOFTMAX)
  },
  Fault("unknown reset", .unsupported) { $0.cell[0].reset = 2 },
  Fault("scratch of reset after under reset before", .shape) {
    $0.cell[0].reset = UInt8(GRU_RESET_BEFORE)
    $0.cell[0].kernel = gru_cell_kernel(UInt8(GRU_RESET_BEFORE), 0, 0)
  },
  Fault("sigmoid candidate", .unsupported) {
    $0.cell[0].candidate = UInt8(GRU_ACTIVATION_SIGMOID)
  },
  Fault("state exponent of a tanh state", .shape) { $0.cell[0].state_exponent = 1 },
  Fault("state exponent of 13", .shape) {
    $0.cell[0].candidate = UInt8(GRU_ACTIVATION_RELU)
    $0.cell[0].state_exponent = 13
  },
  Fault("carry of 4 bits", .unsupported) { $0.cell[0].carry_bits = 4 },
  Fault("pre-activation shift", .shape) { $0.cell[0].preactivation_shift = 19 },
  Fault("rows missing", .nullPointer) { $0.cell[0].rows = nil },
  Fault("rows misaligned", .alignment) {
    $0.cell[0].rows = UnsafePointer(bitPattern: UInt(bitPattern: $0.numbers) + 2)
  },
  Fault("initial state misaligned", .alignment) {
    $0.cell[0].initial_state = UnsafePointer(bitPattern: UInt(bitPattern: $0.numbers) + 1)
  },
  Fault("weights missing", .nullPointer) { $0.cell[0].weights = nil },
  Fault("weights of a dense layer missing", .nullPointer) { $0.dense[0].weights = nil },
  Fault("unknown layout", .unsupported) { $0.cell[0].matrices.1.layout = 7 },
  Fault("unknown format", .unsupported) { $0.cell[0].matrices.0.format = 4 },
  Fault("int8 with a shift", .shape) { $0.cell[0].matrices.4.shift = 1 },
  Fault("int16 without a shift", .shape) {
    $0.cell[0].matrices.0.format = UInt8(GRU_WEIGHTS_INT16)
  },
  Fault("int16 in a layout of int8", .unsupported) {
    $0.cell[0].matrices.3.format = UInt8(GRU_WEIGHTS_INT16)
    $0.cell[0].matrices.3.layout = UInt8(GRU_LAYOUT_PAIRS)
    $0.cell[0].matrices.3.shift = 1
  },
  Fault("weights misaligned", .alignment) {
    $0.dense[0].weights = UnsafePointer(
      bitPattern: UInt(bitPattern: $0.weights) + 2)
  },
  Fault("kernel missing", .nullPointer) { $0.cell[0].kernel = nil },
  Fault("kernel of another reset", .unsupported) {
    $0.cell[0].kernel = gru_cell_kernel(UInt8(GRU_RESET_BEFORE), 0, 0)
  },
  Fault("kernel of another format", .unsupported) {
    $0.cell[0].kernel = gru_cell_kernel(
      UInt8(GRU_RESET_AFTER), UInt8(GRU_WEIGHTS_INT16), UInt8(GRU_LAYOUT_QUADS))
  },
  Fault("kernel of another layout", .unsupported) {
    $0.cell[0].kernel = gru_cell_kernel(
      UInt8(GRU_RESET_AFTER), UInt8(GRU_WEIGHTS_INT8), UInt8(GRU_LAYOUT_PAIRS))
  },
  Fault("dense kernel missing", .nullPointer) { $0.dense[0].kernel = nil },
  Fault("dense kernel of another layout", .unsupported) {
    $0.dense[0].kernel = gru_dense_kernel(UInt8(GRU_WEIGHTS_INT8), UInt8(GRU_LAYOUT_WIDE))
  },
  Fault("dense activation", .unsupported) { $0.dense[0].activation = 5 },
  Fault("output exponent", .shape) { $0.dense[0].output_exponent = -3 },
  Fault("rows of a dense layer missing", .nullPointer) { $0.dense[0].rows = nil },
  Fault("dense shift", .shape) { $0.dense[0].preactivation_shift = 40 },
]

@Suite("Opening") struct OpeningTests {
  @Test("a legal model opens")
  func legal() throws {
    let small = SmallModel()
    let model = try GRUModel(small.model)
    #expect((model.inputSize, model.outputSize) == (1, 2))
  }

  @Test("all settings may be at the ends of their ranges")
  func ends() throws {
    let small = SmallModel()
    small.cell[0].preactivation_shift = 18
    small.cell[0].candidate = UInt8(GRU_ACTIVATION_RELU)
    small.cell[0].state_exponent = 12
    small.dense[0].preactivation_shift = 18
    small.dense[0].kernel = gru_dense_kernel(
      UInt8(GRU_WEIGHTS_INT16), UInt8(GRU_LAYOUT_QUADS))
    small.dense[0].matrix.format = UInt8(GRU_WEIGHTS_INT16)
    for (shift, exponent) in [(1, -2), (31, 12)] as [(UInt8, Int8)] {
      small.dense[0].matrix.shift = shift
      small.dense[0].output_exponent = exponent
      _ = try GRUModel(small.model)
    }
    small.readTokens()
    small.cell[0].matrices.0.shift = 31
    _ = try GRUModel(small.model)
  }

  @Test("each fault has its error", arguments: faults)
  fileprivate func faulty(_ fault: Fault) {
    let small = SmallModel()
    fault.spoil(small)
    #expect(throws: fault.error) { _ = try GRUModel(small.model) }
    withExtendedLifetime(small) {}
  }

  @Test("memory that is too small or misaligned is refused")
  func memory() throws {
    let small = SmallModel()
    let model = try GRUModel(small.model)
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 16, alignment: 4)
    defer { block.deallocate() }
    func part(_ range: Range<Int>) -> UnsafeMutableRawBufferPointer {
      UnsafeMutableRawBufferPointer(rebasing: block[range])
    }
    #expect(throws: GRUError.stateSize) {
      _ = try GRU(model, state: part(0..<3), scratch: part(8..<12))
    }
    #expect(throws: GRUError.scratchSize) {
      _ = try GRU(model, state: part(0..<4), scratch: part(8..<11))
    }
    #expect(throws: GRUError.alignment) {
      _ = try GRU(model, state: part(2..<6), scratch: part(8..<12))
    }
    #expect(throws: GRUError.alignment) {
      _ = try GRU(model, state: part(0..<4), scratch: part(9..<13))
    }
    #expect(throws: GRUError.nullPointer) {
      _ = try GRU(model, state: .init(start: nil, count: 0), scratch: part(8..<12))
    }
  }

  @Test("the checksum notices every flipped bit of the weights")
  func checksum() throws {
    let small = SmallModel()
    // The model states a wrong checksum first; the error shows that it is compared at all.
    #expect(throws: GRUError.checksum) { try GRUModel(small.model).verify() }
    small.model.crc32 = try GRUModel(small.model).checksum
    try GRUModel(small.model).verify()
    for bit in 0..<8 {
      small.weights[0] ^= 1 << bit
      #expect(throws: GRUError.checksum) { try GRUModel(small.model).verify() }
      small.weights[0] ^= 1 << bit
    }
  }
}

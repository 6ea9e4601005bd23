import CGRU
public import GRUQuantizer
public import GRURuntime
import ModelFiles

/// A quantized network in this machine's memory, laid out as a header lays it out in flash.
public final class RuntimeModel {
  public let network: QuantizedNetwork
  public let model: GRUModel
  private let memory: Arena

  /// - Throws: `GRUError`, if the runtime refuses the model.
  public init(_ network: QuantizedNetwork) throws(GRUError) {
    let memory = Arena()
    self.network = network
    self.memory = memory
    model = try GRUModel(memory.model(network))
  }
}

/// Memory that lives as long as the model whose pointers lead into it.
private final class Arena {
  private var blocks: [UnsafeMutableRawPointer] = []

  deinit {
    for block in blocks { block.deallocate() }
  }

  func place<T>(_ values: [T]) -> UnsafeMutablePointer<T> {
    let block = UnsafeMutableRawPointer.allocate(
      byteCount: max(1, values.count) * MemoryLayout<T>.stride, alignment: 16)
    blocks.append(block)
    let typed = block.bindMemory(to: T.self, capacity: values.count)
    typed.initialize(from: values, count: values.count)
    return typed
  }

  func model(_ network: QuantizedNetwork) -> gru_model_t {
    var (scales, offsets): ([Float], [Float]) = ([], [])
    if case .vector(let inputScales, let inputOffsets) = network.input {
      (scales, offsets) = (inputScales, inputOffsets)
    }
    return gru_model_t(
      format_version: UInt16(GRU_FORMAT_VERSION), layer_count: UInt16(network.layers.count),
      input_size: UInt16(network.inputSize), output_size: UInt16(network.outputSize),
      input_kind: UInt8(network.readsTokens ? GRU_INPUT_TOKEN : GRU_INPUT_VECTOR),
      state_size: UInt32(network.stateSize),
      scratch_size: UInt32(network.scratchSize), crc32: network.checksum,
      input_scale: scales.count == 1 ? scales[0] : 0,
      input_scales: scales.count > 1 ? UnsafePointer(place(scales)) : nil,
      input_offsets: offsets.isEmpty ? nil : UnsafePointer(place(offsets)),
      layers: place(network.layers.map(layer)))
  }

  private func layer(_ layer: QuantizedLayer) -> gru_layer_t {
    var result = gru_layer_t()
    result.input_size = UInt16(layer.inputSize)
    result.output_size = UInt16(layer.outputSize)
    result.kind = layer.kind
    switch layer {
    case .embedding(let embedding):
      let rows = UnsafePointer(place(embedding.rows))
      result.embedding = UnsafePointer(place([gru_embedding_t(rows: rows)]))
    case .cell(let cell):
      result.cell = UnsafePointer(place([self.cell(cell)]))
    case .dense(let dense):
      result.dense = UnsafePointer(place([self.dense(dense)]))
    }
    return result
  }

  private func cell(_ cell: QuantizedCell) -> gru_cell_t {
    gru_cell_t(
      input: gates(cell.input), recurrent: gates(cell.recurrent),
      bias: place(cell.bias.inOrder.flatMap { $0 }),
      recurrent_bias: cell.recurrentBias.map { UnsafePointer(place($0)) },
      initial_state: cell.initialState.map { UnsafePointer(place($0)) },
      reset: cell.reset.code, candidate: cell.candidate.code,
      preactivation_shift: UInt8(cell.preActivationShift), carry_bits: UInt8(cell.carryBits),
      state_exponent: Int8(cell.stateExponent))
  }

  private func dense(_ dense: QuantizedDense) -> gru_dense_t {
    gru_dense_t(
      weights: matrix(dense.weights), bias: place(dense.bias), activation: dense.activation.code,
      preactivation_shift: UInt8(dense.preActivationShift),
      output_exponent: Int8(dense.outputExponent))
  }

  private func gates(_ gates: Gates<QuantizedMatrix>) -> gru_gates_t {
    gru_gates_t(
      reset: matrix(gates.reset), update: matrix(gates.update), candidate: matrix(gates.candidate))
  }

  private func matrix(_ matrix: QuantizedMatrix) -> gru_matrix_t {
    let weights: UnsafeRawPointer =
      switch matrix.format {
      case .int8: UnsafeRawPointer(place(matrix.weights.map { Int8($0) }))
      case .int16: UnsafeRawPointer(place(matrix.weights))
      }
    return gru_matrix_t(
      weights: weights,
      multipliers: matrix.multipliers.isEmpty ? nil : UnsafePointer(place(matrix.multipliers)),
      format: matrix.format.code, layout: matrix.layout.code, shift: UInt8(matrix.shift))
  }
}

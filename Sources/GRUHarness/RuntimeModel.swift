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
    gru_model_t(
      format_version: UInt16(GRU_FORMAT_VERSION), layer_count: UInt16(network.layers.count),
      input_size: UInt16(network.inputSize), output_size: UInt16(network.outputSize),
      input_kind: UInt8(GRU_INPUT_VECTOR), state_size: UInt32(network.stateSize),
      scratch_size: UInt32(network.scratchSize), crc32: network.checksum,
      input_scale: network.inputScale, input_scales: nil, input_offsets: nil,
      layers: place(network.layers.map(layer)))
  }

  private func layer(_ layer: QuantizedLayer) -> gru_layer_t {
    var result = gru_layer_t()
    result.input_size = UInt16(layer.inputSize)
    result.output_size = UInt16(layer.outputSize)
    switch layer {
    case .cell(let cell):
      result.kind = UInt8(GRU_LAYER_CELL)
      result.cell = UnsafePointer(place([self.cell(cell)]))
    case .dense(let dense):
      result.kind = UInt8(GRU_LAYER_DENSE)
      result.dense = UnsafePointer(place([self.dense(dense)]))
    }
    return result
  }

  private func cell(_ cell: QuantizedCell) -> gru_cell_t {
    gru_cell_t(
      input: gates(cell.input), recurrent: gates(cell.recurrent),
      bias: place(cell.bias.inOrder.flatMap { $0 }),
      recurrent_bias: cell.recurrentBias.map { UnsafePointer(place($0)) }, initial_state: nil,
      reset: UInt8(GRU_RESET_AFTER), candidate: UInt8(GRU_ACTIVATION_TANH),
      preactivation_shift: UInt8(cell.preActivationShift), carry_bits: UInt8(cell.carryBits),
      state_exponent: 0)
  }

  private func dense(_ dense: QuantizedDense) -> gru_dense_t {
    gru_dense_t(
      weights: matrix(dense.weights), bias: place(dense.bias), activation: dense.activation.code,
      preactivation_shift: UInt8(dense.preActivationShift), output_exponent: 0)
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
      weights: weights, multipliers: place(matrix.multipliers), format: matrix.format.code,
      layout: UInt8(GRU_LAYOUT_ROWS), shift: UInt8(matrix.shift))
  }
}

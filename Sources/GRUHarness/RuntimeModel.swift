import CGRU
public import GRUQuantizer
public import GRURuntime
import ModelFiles

/// A quantized network in this machine's memory.
public final class RuntimeModel {
  public let network: QuantizedNetwork
  public let model: GRUModel
  private let memory: Arena

  /// - Parameter layout: how int8 matrices lie in memory: for this machine's vector instructions,
  ///   or, if nil, as the network has them.
  /// - Throws: `GRUError`, if the runtime refuses the model.
  public init(_ network: QuantizedNetwork, layout: WeightLayout? = .wide) throws(GRUError) {
    let memory = Arena()
    self.network = network
    self.memory = memory
    model = try GRUModel(memory.model(layout.map { network.laidOut(as: $0) } ?? network))
  }
}

/// Nothing of it changes, so that instances on several threads can share it.
extension RuntimeModel: @unchecked Sendable {}

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
    let stream = cell.stream
    let matrices = cell.matrices.map(matrix)
    return gru_cell_t(
      kernel: gru_cell_kernel(
        cell.reset.code, cell.kernelKind?.format.code ?? 0, cell.kernelKind?.layout.code ?? 0),
      weights: place(stream.weights), rows: place(stream.rows),
      tokens: stream.tokens.isEmpty ? nil : UnsafePointer(place(stream.tokens)),
      initial_state: cell.initialState.map { UnsafePointer(place($0)) },
      preactivation_shift: UInt8(cell.preActivationShift),
      state_exponent: Int8(cell.stateExponent), reset: cell.reset.code,
      candidate: cell.candidate.code,
      matrices: (
        matrices[0], matrices[1], matrices[2], matrices[3], matrices[4], matrices[5]
      ), carry_bits: UInt8(cell.carryBits))
  }

  private func dense(_ dense: QuantizedDense) -> gru_dense_t {
    let stream = dense.stream
    return gru_dense_t(
      kernel: gru_dense_kernel(
        dense.kernelKind?.format.code ?? 0, dense.kernelKind?.layout.code ?? 0),
      weights: place(stream.weights), rows: place(stream.rows), matrix: matrix(dense.weights),
      activation: dense.activation.code,
      preactivation_shift: UInt8(dense.preActivationShift),
      output_exponent: Int8(dense.outputExponent))
  }

  private func matrix(_ matrix: QuantizedMatrix) -> gru_matrix_t {
    gru_matrix_t(
      format: matrix.format.code, layout: matrix.layout.code, shift: UInt8(matrix.shift))
  }
}

import CGRU
import ModelFiles

/// The error of the hidden state over the calibration data, as a header's comment states it.
public struct MeasuredError: Equatable, Sendable {
  public var steps: Int
  public var maximum: Double
  public var rms: Double
  public var sqnr: Double
  /// What one step added at most.
  public var stepError: Double
  /// What one step adds at most, proved for any input; nil where nothing can be shown.
  public var stepBound: Double?
  /// The same for inputs no larger than those of the calibration.
  public var calibratedStepBound: Double?

  public init(
    steps: Int, maximum: Double, rms: Double, sqnr: Double, stepError: Double, stepBound: Double?,
    calibratedStepBound: Double?
  ) {
    self.steps = steps
    self.maximum = maximum
    self.rms = rms
    self.sqnr = sqnr
    self.stepError = stepError
    self.stepBound = stepBound
    self.calibratedStepBound = calibratedStepBound
  }
}

/// Writes a quantized network as a C header: the same bytes for the same network, everywhere.
public struct HeaderWriter {
  private let network: QuantizedNetwork
  private let prefix: String
  private var text = ""

  /// - Parameter measured: the error of each cell, in order.
  public static func header(
    for network: QuantizedNetwork, provenance: Provenance, measured: [MeasuredError]
  ) -> String {
    var writer = HeaderWriter(network)
    writer.writeComment(provenance, measured)
    writer.writeSizes()
    writer.writeConstants()
    return writer.text
  }

  private init(_ network: QuantizedNetwork) {
    self.network = network
    prefix = network.name.uppercased()
  }

  private mutating func line(_ line: String = "") { text += line + "\n" }
}

// MARK: Comment and sizes

extension HeaderWriter {
  private mutating func writeComment(_ provenance: Provenance, _ measured: [MeasuredError]) {
    line("/* " + provenance.lines[0])
    for rest in provenance.lines.dropFirst() { line(rest.isEmpty ? " *" : " * " + rest) }
    line(" *")
    for (index, layer) in network.layers.enumerated() { writeLayerComment(index, layer) }
    line(" * flash        \(network.constantSize) bytes of constants")
    line(" * RAM          \(network.stateSize) bytes of state, \(network.scratchSize) of scratch")
    for (index, error) in measured.enumerated() {
      line(
        " * error        cell \(index), hidden state over \(error.steps) calibration steps: "
          + "SQNR \(decimal(error.sqnr, 1)) dB,")
      line(
        " * \(aligned("", 12)) RMS \(scientific(error.rms)), "
          + "maximum \(scientific(error.maximum))")
      line(" * \(aligned("", 12)) one step adds at most \(scientific(error.stepError)), measured")
      if let bound = error.calibratedStepBound {
        line(" * \(aligned("", 12)) at most \(scientific(bound)) for inputs as large, proved")
      }
      if let bound = error.stepBound {
        line(" * \(aligned("", 12)) at most \(scientific(bound)) for any input, proved")
      }
    }
    if let bound = network.accumulatorBounds.first {
      line(" * accumulators proved below 2^31; closest: \(bound.row), \(bound.accumulator)")
    }
    line(" *")
    line(" * The constants are `static`: include this header plainly in one C file, and pass that")
    line(" * file's `const gru_model_t *` to others. Files that need the sizes alone define")
    line(" * \(prefix)_SIZES_ONLY before they include it, and hold no second copy in flash.")
    line(" */")
  }

  private mutating func writeLayerComment(_ index: Int, _ layer: QuantizedLayer) {
    let lines = layer.summary(readsTokens: index == 0 && network.readsTokens)
    line(" * \(aligned("layer \(index)", 12)) \(lines[0])")
    for rest in lines.dropFirst() { line(" * \(aligned("", 12)) \(rest)") }
  }

  private mutating func writeSizes() {
    line("#ifndef \(prefix)_MODEL_H")
    line("#define \(prefix)_MODEL_H")
    line()
    line("#include \"gru_model.h\"")
    line()
    line("#if GRU_FORMAT_VERSION != 2")
    line("#error \"this header has format version 2: quantize the network anew\"")
    line("#endif")
    line("#ifdef GRU_NATIVE_ONLY")
    line("GRU_STATIC_ASSERT(GRU_NATIVE_LAYOUT == \(network.layout.symbol),")
    line("                  \(network.name)_is_quantized_with_the_target_of_this_core);")
    line("#endif")
    line()
    line("#define \(prefix)_INPUT_SIZE \(network.inputSize)")
    line("#define \(prefix)_OUTPUT_SIZE \(network.outputSize)")
    line("#define \(prefix)_STATE_SIZE \(network.stateSize)")
    line("#define \(prefix)_SCRATCH_SIZE \(network.scratchSize)")
    line("#define \(prefix)_SAVED_SIZE \(network.stateSize + Int(GRU_SAVED_HEADER_SIZE))")
    line("#define \(prefix)_CRC32 \(hexadecimal(network.checksum))")
    line()
    if case .vector(let scales, let offsets) = network.input, scales.count == 1 {
      let offset = offsets.isEmpty ? "" : " + \(network.name)_input_offsets[feature]"
      line("/* real = \(prefix)_INPUT_SCALE * raw\(offset) */")
      line("#define \(prefix)_INPUT_SCALE \(floatLiteral(scales[0]))")
      line()
    }
    line("/* Memory for one instance, aligned as gru_open() demands. */")
    line("typedef struct \(network.name)_state {")
    line("  uint32_t words[\(prefix)_STATE_SIZE / 4];")
    line("} \(network.name)_state_t;")
    line("typedef struct \(network.name)_scratch {")
    line("  uint32_t words[\(prefix)_SCRATCH_SIZE / 4];")
    line("} \(network.name)_scratch_t;")
    line()
    line("GRU_STATIC_ASSERT(\(prefix)_SAVED_SIZE == GRU_SAVED_STATE_SIZE(\(prefix)_STATE_SIZE),")
    line("                  \(network.name)_saved_size_matches_state);")
    let state = network.cells.map { "GRU_CELL_STATE_SIZE(\($0.hiddenSize)u, \($0.carryBits))" }
    line("GRU_STATIC_ASSERT(\(prefix)_STATE_SIZE ==")
    line("                      \(state.joined(separator: " +\n                      ")),")
    line("                  \(network.name)_state_size_matches_layers);")
    line("GRU_STATIC_ASSERT(\(prefix)_SCRATCH_SIZE ==")
    line("                      \(scratchFormula.joined(separator: " +\n                      ")),")
    line("                  \(network.name)_scratch_size_matches_layers);")
    line()
  }

  /// The cell that needs most, then each dense layer that another one follows.
  private var scratchFormula: [String] {
    let cell = network.cells.max { $0.scratchSize < $1.scratchSize }
    let vectors = network.innerDense.map { "GRU_PADDED_SIZE(\($0.weights.rows)u, 2u)" }
    return (cell.map { ["GRU_CELL_SCRATCH_SIZE(\($0.hiddenSize)u, \($0.reset.symbol))"] } ?? [])
      + vectors
  }
}

// MARK: Constants

extension HeaderWriter {
  private mutating func writeConstants() {
    line("#ifndef \(prefix)_SIZES_ONLY")
    line()
    var scales = "NULL", offsets = "NULL", scale = "0.0f"
    if case .vector(let inputScales, let inputOffsets) = network.input {
      scale = inputScales.count == 1 ? "\(prefix)_INPUT_SCALE" : "0.0f"
      if inputScales.count > 1 { scales = writeFloats("input_scales", inputScales) }
      if !inputOffsets.isEmpty { offsets = writeFloats("input_offsets", inputOffsets) }
    }
    for (index, layer) in network.layers.enumerated() {
      let symbol = "\(network.name)_layer\(index)"
      switch layer {
      case .embedding(let embedding): writeEmbedding(embedding, symbol)
      case .cell(let cell): writeCell(cell, symbol)
      case .dense(let dense): writeDense(dense, symbol)
      }
    }
    writeLayers()
    line("static const gru_model_t \(network.name)_model = {")
    line("  GRU_FORMAT_VERSION,")
    line("  \(network.layers.count), /* layers */")
    line("  \(prefix)_INPUT_SIZE,")
    line("  \(prefix)_OUTPUT_SIZE,")
    line("  \(network.readsTokens ? "GRU_INPUT_TOKEN" : "GRU_INPUT_VECTOR"),")
    line("  \(prefix)_STATE_SIZE,")
    line("  \(prefix)_SCRATCH_SIZE,")
    line("  \(prefix)_CRC32,")
    line("  \(scale), /* input scale of all features */")
    line("  \(scales), /* or of each */")
    line("  \(offsets), /* input offsets */")
    line("  \(network.name)_layers,")
    line("};")
    line()
    line("#endif /* \(prefix)_SIZES_ONLY */")
    line()
    line("#endif /* \(prefix)_MODEL_H */")
  }

  private mutating func writeLayers() {
    line("static const gru_layer_t \(network.name)_layers[\(network.layers.count)] = {")
    for (index, layer) in network.layers.enumerated() {
      let symbol = "&\(network.name)_layer\(index)"
      let (kind, pointers) =
        switch layer {
        case .embedding: ("EMBEDDING", ["NULL", "NULL", symbol])
        case .cell: ("CELL", [symbol, "NULL", "NULL"])
        case .dense: ("DENSE", ["NULL", symbol, "NULL"])
        }
      line(
        "  { GRU_LAYER_\(kind), \(layer.inputSize), \(layer.outputSize), "
          + "\(pointers.joined(separator: ", ")) },")
    }
    line("};")
    line()
  }

  private mutating func writeEmbedding(_ embedding: QuantizedEmbedding, _ symbol: String) {
    writeArray("int16_t", "\(symbol)_rows", embedding.rows)
    line("static const gru_embedding_t \(symbol) = { \(symbol)_rows };")
    line()
  }

  private mutating func writeCell(_ cell: QuantizedCell, _ symbol: String) {
    writeStream(cell.stream, symbol)
    if let state = cell.initialState { writeArray("int16_t", "\(symbol)_initial_state", state) }
    line("static const gru_cell_t \(symbol) = {")
    line("  &\(cell.kernelSymbol),")
    line("  \(symbol)_weights,")
    line("  \(symbol)_rows,")
    line("  \(cell.input.reset.layout == .tokens ? "\(symbol)_tokens" : "NULL"),")
    line("  \(cell.initialState == nil ? "NULL" : "\(symbol)_initial_state"),")
    line("  \(cell.preActivationShift), /* pre-activation shift */")
    line("  \(cell.stateExponent), /* state exponent */")
    line("  \(cell.reset.symbol),")
    line("  \(cell.candidate.symbol),")
    line("  {")
    for (matrix, name) in zip(cell.matrices, Self.matrixNames) {
      line("    \(initializer(of: matrix)), /* \(name) */")
    }
    line("  },")
    line("  \(cell.carryBits), /* carry bits */")
    line("};")
    line()
  }

  private static let matrixNames = Gates<String>.names.inOrder.flatMap { ["W \($0)", "U \($0)"] }

  private mutating func writeDense(_ dense: QuantizedDense, _ symbol: String) {
    writeStream(dense.stream, symbol)
    line("static const gru_dense_t \(symbol) = {")
    line("  &\(dense.kernelSymbol),")
    line("  \(symbol)_weights,")
    line("  \(symbol)_rows,")
    line("  \(initializer(of: dense.weights)),")
    line("  \(dense.activation.symbol),")
    line("  \(dense.preActivationShift), /* pre-activation shift */")
    line("  \(dense.outputExponent), /* output exponent, before another layer */")
    line("};")
    line()
  }

  private func initializer(of matrix: QuantizedMatrix) -> String {
    "{ \(matrix.format.symbol), \(matrix.layout.symbol), \(matrix.shift) }"
  }

  private mutating func writeStream(_ stream: ConstantStream, _ symbol: String) {
    line("static const uint32_t \(symbol)_weights[\(stream.weights.count)] = {")
    text += cRows(ofWords: stream.weights)
    line("};")
    line()
    writeArray("int32_t", "\(symbol)_rows", stream.rows)
    if !stream.tokens.isEmpty { writeArray("int16_t", "\(symbol)_tokens", stream.tokens) }
  }

  /// Writes `NAME_suffix` and returns its name.
  private mutating func writeFloats(_ suffix: String, _ values: [Float]) -> String {
    let symbol = "\(network.name)_\(suffix)"
    line("static const float \(symbol)[\(values.count)] = {")
    for value in values { line("  \(floatLiteral(value)),") }
    line("};")
    line()
    return symbol
  }

  private mutating func writeArray(_ type: String, _ symbol: String, _ values: [some BinaryInteger])
  {
    line("static const \(type) \(symbol)[\(values.count)] = {")
    text += cRows(of: values)
    line("};")
    line()
  }
}

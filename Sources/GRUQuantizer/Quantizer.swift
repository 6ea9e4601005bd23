import Foundation
public import ModelFiles

/// Turns a trained network into integers.
public struct Quantizer {
  /// Widths of W and of U; dense layers follow U.
  public struct Widths: Equatable, Sendable {
    public var input: WeightFormat
    public var recurrent: WeightFormat

    public init(input: WeightFormat, recurrent: WeightFormat) {
      self.input = input
      self.recurrent = recurrent
    }

    public init(all format: WeightFormat) {
      self.init(input: format, recurrent: format)
    }
  }

  /// How a weight finds its integer.
  public enum Rounding: Sendable, CaseIterable {
    case nearest
    /// Each error is pushed into the weights of its row that are not rounded yet; int8 alone has
    /// errors worth it.
    case compensated
  }

  public var widths: Widths
  public var rounding: Rounding
  public var name: String
  /// What the firmware feeds, where that isn't left to the quantizer.
  public var inputUnits: InputUnits?

  public init(
    widths: Widths, rounding: Rounding = .compensated, name: String,
    inputUnits: InputUnits? = nil
  ) {
    self.widths = widths
    self.rounding = rounding
    self.name = name
    self.inputUnits = inputUnits
  }

  /// - Throws: `QuantizationError`, if the network has something that the runtime does not run, or
  ///   a row whose sums cannot be proved to stay inside 32 bits.
  public func quantize(
    _ network: Network, calibration: Sequences
  ) throws(QuantizationError) -> QuantizedNetwork {
    try Self.checkSupport(of: network)
    let network = foldsEmbedding(of: network) ? network.foldingEmbedding() : network
    let ranges = Ranges(of: network, over: calibration)
    let moments =
      rounding == .compensated && (widths.input == .int8 || widths.recurrent == .int8)
      ? SecondMoments(of: network, over: calibration) : nil
    var failure: QuantizationError?
    for headroom in InputScaling.headrooms {
      do throws(QuantizationError) {
        let scaling = InputScaling(
          of: network, ranges: ranges, headroom: headroom, units: inputUnits)
        return try quantize(network, scaling, ranges, moments)
      } catch {
        failure = failure ?? error
      }
    }
    throw failure!
  }

  private func quantize(
    _ network: Network, _ scaling: InputScaling, _ ranges: Ranges, _ moments: SecondMoments?
  ) throws(QuantizationError) -> QuantizedNetwork {
    var layers: [QuantizedLayer] = []
    var vectorScale = scaling.vectorScale
    func compensation(_ format: WeightFormat, _ moment: SecondMoment?) -> ErrorCompensation? {
      format == .int8 ? moment.flatMap(ErrorCompensation.init) : nil
    }
    for (index, layer) in network.layers.enumerated() {
      let readsTokens = network.readsTokens && index == 0
      // Columns in the user's units may differ a thousandfold: they keep 16 bits.
      let inputFormat = index == 0 && inputUnits != nil ? .int16 : widths.input
      switch index == 0 ? scaling.folded(layer) : layer {
      case .embedding(let embedding):
        let (quantized, scale) = Self.embedding(embedding)
        layers.append(.embedding(quantized))
        vectorScale = scale
      case .gru(let gru):
        let quantizer = CellQuantizer(
          layer: gru, inputFormat: inputFormat, recurrentFormat: widths.recurrent,
          vectorScale: vectorScale, readsTokens: readsTokens, largestState: ranges.layers[index],
          largestCandidate: ranges.candidates[index],
          rounding: CellRounding(
            input: readsTokens ? nil : compensation(inputFormat, moments?.input[index]),
            gates: compensation(widths.recurrent, moments?.hidden[index]),
            candidate: compensation(
              widths.recurrent,
              gru.reset == .before ? moments?.gatedHidden[index] : moments?.hidden[index])))
        let cell = try quantizer.cell()
        layers.append(.cell(cell))
        vectorScale = cell.stateScale
      case .dense(let dense):
        let format = index == 0 ? inputFormat : widths.recurrent
        let quantizer = DenseQuantizer(
          layer: dense, format: format, vectorScale: vectorScale,
          isLast: index == network.layers.count - 1, largestOutput: ranges.layers[index],
          compensation: compensation(format, moments?.input[index]))
        let quantized = try quantizer.dense()
        layers.append(.dense(quantized))
        vectorScale = exp2(Double(quantized.outputExponent - 15))
      }
    }
    return QuantizedNetwork(name: name, input: scaling.input, layers: layers)
  }

  /// - Throws: `QuantizationError` that names the first thing which the runtime does not run.
  public static func checkSupport(of network: Network) throws(QuantizationError) {
    let hasCell = network.layers.contains { if case .gru = $0 { true } else { false } }
    guard hasCell else { throw QuantizationError("has no GRU layer, expected at least one") }
    for (index, layer) in network.layers.enumerated() {
      switch layer {
      case .embedding(let embedding):
        guard index == 0, network.layers.count > 1 else {
          throw QuantizationError(
            "layer '\(embedding.name)' is an embedding, expected as the first of several")
        }
      case .gru: break
      case .dense(let dense):
        guard index > 0 || !network.readsTokens else {
          throw QuantizationError("layer '\(dense.name)' is dense and reads tokens, expected a GRU")
        }
        guard dense.activation != .softmax || index == network.layers.count - 1 else {
          throw QuantizationError("layer '\(dense.name)' ends in softmax and is not the last")
        }
      }
    }
  }
}

// MARK: Tokens

extension Quantizer {
  /// Whether one table of pre-activations is smaller than an embedding and the matrices that read
  /// it: V·3H entries against V·E + 3H·E.
  private func foldsEmbedding(of network: Network) -> Bool {
    guard network.layers.count > 1, case .embedding(let embedding) = network.layers[0],
      case .gru(let gru) = network.layers[1]
    else { return false }
    let (tokens, width) = (embedding.table.rows, embedding.table.columns)
    let rows = 3 * gru.hiddenSize
    let folded = 2 * tokens * rows
    let apart = 2 * tokens * width + rows * (width * widths.input.size + 4)
    return folded <= apart
  }

  /// int16 rows with one scale; a table of zeros keeps a scale that nothing divides by.
  private static func embedding(_ layer: EmbeddingLayer) -> (QuantizedEmbedding, scale: Double) {
    let largest = layer.table.values.reduce(0) { max($0, abs($1)) }
    let scale = (largest == 0 ? 1 : largest) / 32_767
    let embedding = QuantizedEmbedding(
      tokens: layer.table.rows, width: layer.table.columns,
      rows: layer.table.values.map { Int16(($0 / scale).rounded()) })
    return (embedding, scale)
  }
}

extension Network {
  /// The same network, with the first layer's embedding multiplied into the GRU that reads it:
  /// W·embedding(token) is a column of W·Eᵀ.
  public func foldingEmbedding() -> Network {
    guard layers.count > 1, case .embedding(let embedding) = layers[0],
      case .gru(var gru) = layers[1]
    else { return self }
    let table = embedding.table.transposed
    gru.input = gru.input.map { $0.times(table) }
    return Network(input: .tokens, layers: [.gru(gru)] + layers.dropFirst(2))
  }
}

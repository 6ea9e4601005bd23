import Foundation
public import ModelFiles

/// Turns a trained network into integers: a `Rounder` chooses the weights, and this the formats
/// around them.
public struct Quantizer: Sendable {
  /// The network as it is quantized: what the firmware feeds and a small embedding are folded in.
  public let network: Network
  public let name: String
  private let ranges: Ranges
  private let inputUnits: InputUnits?

  /// - Parameters:
  ///   - calibration: typical inputs, which say what range every int16 vector has to cover.
  ///   - name: the prefix of all symbols.
  ///   - inputUnits: what the firmware feeds, where that isn't left to the quantizer.
  /// - Throws: `QuantizationError`, if the network has something that the runtime does not run.
  public init(
    _ network: Network, calibration: Sequences, name: String, inputUnits: InputUnits? = nil
  ) throws(QuantizationError) {
    try Self.checkSupport(of: network)
    try network.checkSizeOfWeights()
    var network = Self.foldsEmbedding(of: network) ? network.foldingEmbedding() : network
    if let inputUnits { network = network.folding(inputUnits) }
    try network.checkSizeOfWeights()
    self.network = network
    self.name = name
    self.inputUnits = inputUnits
    ranges = Ranges(of: network, over: calibration)
  }

  /// The widths that will be kept. Columns in the user's units may differ a thousandfold: the
  /// first layer's weights keep 16 bits.
  public func allowed(_ widths: Widths) -> Widths {
    guard inputUnits != nil else { return widths }
    var widths = widths
    for block in network.blocks where block.layer == 0 && block.readsInput {
      widths.exceptions[block] = .int16
    }
    return widths
  }

  /// Whether features may have a scale each: the first layer's rows have 16 bits, in which columns
  /// of very unequal size keep their precision.
  public func allowsScalePerFeature(_ widths: Widths) -> Bool {
    guard case .vector = network.input, inputUnits == nil, network.inputSize > 1 else {
      return false
    }
    let widths = allowed(widths)
    return network.blocks.allSatisfy { block in
      block.layer > 0 || !block.readsInput || widths[block] == .int16
    }
  }

  /// The integers of rounded weights.
  ///
  /// - Parameters:
  ///   - input: the first of these with which every row can be proved is taken.
  ///   - carries: layers whose cell keeps 8 bits below its hidden state.
  /// - Throws: `QuantizationError`, naming a row whose sums cannot be proved to fit 32 bits.
  public func integers(
    of rounded: RoundedNetwork, input formats: [InputFormat] = InputFormat.uniform,
    carries: Set<Int> = []
  ) throws(QuantizationError) -> QuantizedNetwork {
    var failure: QuantizationError?
    for format in formats {
      do throws(QuantizationError) {
        return try integers(of: rounded, input: format, carries)
      } catch {
        failure = failure ?? error
      }
    }
    throw failure!
  }

  private func integers(
    of rounded: RoundedNetwork, input format: InputFormat, _ carries: Set<Int>
  ) throws(QuantizationError) -> QuantizedNetwork {
    let scaling = InputScaling(of: network, ranges, format, inputUnits)
    try scaling.check()
    var layers: [QuantizedLayer] = []
    var vectorScale = scaling.vectorScale
    for (index, layer) in network.layers.enumerated() {
      switch (layer, index == 0 ? scaling.folded(rounded.layers[0]) : rounded.layers[index]) {
      case (.gru(let gru), .cell(let rounded)):
        let cell = try CellQuantizer(
          layer: gru, rounded: rounded, vectorScale: vectorScale,
          keepsCarry: carries.contains(index), largestState: ranges.layers[index],
          largestCandidate: ranges.candidates[index]
        ).cell()
        layers.append(.cell(cell))
        vectorScale = cell.stateScale
      case (.dense(let dense), .dense(let weights, let bias)):
        let quantized = try DenseQuantizer(
          layer: dense, rounded: (weights, bias), vectorScale: vectorScale,
          isLast: index == network.layers.count - 1, largestOutput: ranges.layers[index]
        ).dense()
        layers.append(.dense(quantized))
        vectorScale = exp2(Double(quantized.outputExponent - 15))
      case (.embedding(let embedding), _):
        layers.append(.embedding(Self.embedding(embedding)))
        vectorScale = embedding.int16Scale
      default: preconditionFailure("layer \(index) was rounded as another kind")
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
  private static func foldsEmbedding(of network: Network) -> Bool {
    guard network.layers.count > 1, case .embedding(let embedding) = network.layers[0],
      case .gru(let gru) = network.layers[1]
    else { return false }
    let (tokens, width) = (embedding.table.rows, embedding.table.columns)
    let rows = 3 * gru.hiddenSize
    let folded = 2 * tokens * rows
    let apart = 2 * tokens * width + rows * (width * WeightFormat.int8.size + 4)
    return folded <= apart
  }

  private static func embedding(_ layer: EmbeddingLayer) -> QuantizedEmbedding {
    QuantizedEmbedding(
      tokens: layer.table.rows, width: layer.table.columns,
      rows: layer.table.values.map { Int16(($0 / layer.int16Scale).rounded()) })
  }
}

extension EmbeddingLayer {
  /// The real value of one unit of an int16 row, the same for all rows; a table of zeros has a scale
  /// that nothing divides by.
  public var int16Scale: Double {
    let largest = table.values.reduce(0) { max($0, abs($1)) }
    return (largest == 0 ? 1 : largest) / 32_767
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

// MARK: Weights

extension Network {
  /// Far beyond what any pre-activation takes, and far enough from the end of Double.
  private static let largestWeight = 1e12

  /// - Throws: `QuantizationError` that names a layer whose weights or biases leave no sense to sums.
  fileprivate func checkSizeOfWeights() throws(QuantizationError) {
    for layer in layers {
      let largest = layer.parameters.joined().reduce(0) { max($0, abs($1)) }
      guard largest <= Self.largestWeight else {
        throw QuantizationError(
          "layer '\(layer.name)' has weights of \(scientific(largest)), expected at most 1e12",
          hint: standardiseHint)
      }
    }
  }
}

extension Layer {
  fileprivate var parameters: [[Double]] {
    switch self {
    case .embedding(let layer): [layer.table.values]
    case .gru(let layer):
      layer.input.inOrder.map(\.values) + layer.recurrent.inOrder.map(\.values)
        + layer.bias.inOrder + [layer.recurrentBias, layer.initialState]
    case .dense(let layer): [layer.weights.values, layer.bias]
    }
  }
}

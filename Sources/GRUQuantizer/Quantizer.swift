import Foundation
public import ModelFiles

/// Turns a trained network into integers.
public struct Quantizer {
  /// Widths of W and of U; the dense layer follows U.
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

  /// The range of inputs that the int16 input covers, as a multiple of the largest calibration
  /// value. Four times costs at most 1 dB with int8 weights; a scale taken straight from the
  /// calibration maximum saturates on unseen data and has cost 40 dB. Less is taken only where the
  /// sums of a row cannot be proved to fit with more.
  static let headrooms = [4.0, 2.0, 1.0]

  public var widths: Widths
  public var name: String

  public init(widths: Widths, name: String) {
    self.widths = widths
    self.name = name
  }

  /// - Throws: `QuantizationError`, if the network has something that the runtime does not run, or
  ///   a row whose sums cannot be proved to stay inside 32 bits.
  public func quantize(
    _ network: Network, calibration: Sequences
  ) throws(QuantizationError) -> QuantizedNetwork {
    try Self.checkSupport(of: network)
    guard calibration.width == network.inputSize else {
      throw QuantizationError(
        "calibration data has \(calibration.width) features, expected \(network.inputSize)")
    }
    var failure: QuantizationError?
    for headroom in Self.headrooms {
      do throws(QuantizationError) {
        return try quantize(network, inputScale: Self.inputScale(of: calibration, headroom))
      } catch {
        failure = failure ?? error
      }
    }
    throw failure!
  }

  private func quantize(
    _ network: Network, inputScale: Float
  ) throws(QuantizationError) -> QuantizedNetwork {
    var layers: [QuantizedLayer] = []
    for (index, layer) in network.layers.enumerated() {
      // A layer after a cell reads hidden states: Q15.
      let scale = index == 0 ? Double(inputScale) : 0x1p-15
      switch layer {
      case .gru(let gru): layers.append(.cell(try cell(gru, inputScale: scale)))
      case .dense(let dense): layers.append(.dense(try self.dense(dense, inputScale: scale)))
      }
    }
    return QuantizedNetwork(name: name, inputScale: inputScale, layers: layers)
  }

  /// The real value of one unit of an int16 input.
  static func inputScale(of calibration: Sequences, _ headroom: Double) -> Float {
    let largest = calibration.sequences.reduce(0) { largest, sequence in
      sequence.values.reduce(largest) { max($0, abs($1)) }
    }
    // Inputs that are always zero say nothing of their range: take 1.
    return Float(headroom * (largest == 0 ? 1 : largest) / 32_767)
  }

  /// - Throws: `QuantizationError` that names the first thing which the runtime does not run.
  public static func checkSupport(of network: Network) throws(QuantizationError) {
    for (index, layer) in network.layers.enumerated() {
      switch layer {
      case .gru(let gru):
        guard gru.reset == .after else {
          throw QuantizationError(
            "layer '\(gru.name)' resets before the recurrent product, expected after")
        }
        guard gru.candidate == .tanh else {
          throw QuantizationError(
            "layer '\(gru.name)' has a \(gru.candidate) candidate, expected tanh")
        }
      case .dense(let dense):
        guard index > 0, index == network.layers.count - 1 else {
          throw QuantizationError("layer '\(dense.name)' is dense and not the last, expected a GRU")
        }
        guard dense.activation == .none || dense.activation == .softmax else {
          throw QuantizationError(
            "layer '\(dense.name)' has a \(dense.activation) activation, expected none or softmax")
        }
      }
    }
  }
}

// MARK: Layers

extension Quantizer {
  private func cell(
    _ layer: GRULayer, inputScale: Double
  ) throws(QuantizationError) -> QuantizedCell {
    let input = layer.input.map { RoundedMatrix($0, widths.input) }
    let recurrent = layer.recurrent.map { RoundedMatrix($0, widths.recurrent) }
    let scaled =
      input.inOrder.map { Scaled($0, inputScale) }
      + recurrent.inOrder.map { Scaled($0, 0x1p-15) }
    let shift = try smallestShift(scaled, in: layer.name)

    let cell = QuantizedCell(
      input: try input.map { matrix throws(QuantizationError) in
        try integers(Scaled(matrix, inputScale), shift, "W of '\(layer.name)'")
      },
      recurrent: try recurrent.map { matrix throws(QuantizationError) in
        try integers(Scaled(matrix, 0x1p-15), shift, "U of '\(layer.name)'")
      },
      bias: try layer.bias.map { bias throws(QuantizationError) in
        try integers(bias, shift, layer.name)
      },
      recurrentBias: layer.recurrentBias.allSatisfy { $0 == 0 }
        ? nil : try integers(layer.recurrentBias, shift, layer.name),
      preActivationShift: shift, carryBits: 0)
    try prove(cell, layer.name)
    return cell
  }

  private func dense(
    _ layer: DenseLayer, inputScale: Double
  ) throws(QuantizationError) -> QuantizedDense {
    let weights = Scaled(RoundedMatrix(layer.weights, widths.recurrent), inputScale)
    let shift = try smallestShift([weights], in: layer.name)
    let dense = QuantizedDense(
      weights: try integers(weights, shift, "'\(layer.name)'"),
      bias: try integers(layer.bias, shift, layer.name),
      activation: layer.activation, preActivationShift: shift)
    for row in 0..<dense.weights.rows {
      let reach = (dense.weights.productBound(row: row) + abs(Int(dense.bias[row]))) << shift
      try require(reach, "row \(row) of '\(layer.name)'")
    }
    return dense
  }
}

// MARK: Integers

/// A rounded matrix and the real value of one unit of the vector it reads.
private struct Scaled {
  let matrix: RoundedMatrix
  let vectorScale: Double
  /// Bits that an int16 row's sum is rounded right by, so that every row fits a register.
  let shift: Int

  init(_ matrix: RoundedMatrix, _ vectorScale: Double) {
    self.matrix = matrix
    self.vectorScale = vectorScale
    switch matrix.format {
    case .int8: shift = 0
    case .int16:
      let bound = matrix.sumBounds.max() ?? 0
      var shift = 1
      while (bound + 1 << (shift - 1)) >> shift > registerLimit { shift += 1 }
      self.shift = shift
    }
  }

  /// scale of the row × scale of the vector × 2^(50 − s + m): sums in units of their row become,
  /// after the high product's 2⁻³², pre-activations in Q(18 − s).
  func multipliers(preActivationShift s: Int) -> [Double] {
    matrix.scales.map {
      ($0 * vectorScale * exp2(Double(50 - s + shift))).rounded()
    }
  }
}

extension Quantizer {
  /// The smallest s whose multipliers all fit 31 bits: pre-activations keep the most fraction bits
  /// that the coarsest row allows.
  private func smallestShift(
    _ matrices: [Scaled], in layer: String
  ) throws(QuantizationError) -> Int {
    for shift in 0...18 {
      let largest = matrices.flatMap { $0.multipliers(preActivationShift: shift) }.max() ?? 0
      if largest <= Double(registerLimit) { return shift }
    }
    throw QuantizationError(
      "layer '\(layer)' has weights too large for its inputs' range",
      hint: "standardise the inputs, so that most lie within ±4")
  }

  private func integers(
    _ scaled: Scaled, _ shift: Int, _ place: String
  ) throws(QuantizationError) -> QuantizedMatrix {
    let matrix = scaled.matrix
    let result = QuantizedMatrix(
      rows: matrix.rows, columns: matrix.columns, format: matrix.format, weights: matrix.weights,
      multipliers: scaled.multipliers(preActivationShift: shift).map { Int32($0) },
      shift: scaled.shift)
    for row in 0..<result.rows {
      let bound = result.accumulatorBound(row: row)
      guard bound <= registerLimit else {
        throw QuantizationError(
          "row \(row) of \(place) can sum to \(bound), expected at most \(registerLimit)")
      }
    }
    return result
  }

  /// Biases in Q(18 − s).
  private func integers(
    _ bias: [Double], _ shift: Int, _ layer: String
  ) throws(QuantizationError) -> [Int32] {
    var result: [Int32] = []
    for (row, value) in bias.enumerated() {
      let scaled = (value * exp2(Double(18 - shift))).rounded()
      guard abs(scaled) <= Double(registerLimit) else {
        throw QuantizationError(
          "bias \(row) of '\(layer)' is \(value), expected within ±\(preActivationReach)")
      }
      result.append(Int32(scaled))
    }
    return result
  }
}

// MARK: Proofs

extension Quantizer {
  /// Shows that no pre-activation of a cell can leave its register, whatever input and state are.
  private func prove(_ cell: QuantizedCell, _ layer: String) throws(QuantizationError) {
    let s = cell.preActivationShift
    for row in 0..<cell.hiddenSize {
      let input = cell.input.map { $0.productBound(row: row) }
      let recurrent = cell.recurrent.map { $0.productBound(row: row) }
      let bias = cell.bias.map { abs(Int($0[row])) }
      func place(_ gate: String) -> String { "row \(row) of the \(gate) of '\(layer)'" }

      try require((input.reset + recurrent.reset + bias.reset) << s, place("reset gate"))
      try require((input.update + recurrent.update + bias.update) << s, place("update gate"))
      // The recurrent part takes two bits more on its way through the reset gate.
      let inReset = recurrent.candidate + abs(Int(cell.recurrentBias?[row] ?? 0))
      try require(inReset << (s + 2), place("recurrent candidate"))
      try require((input.candidate + bias.candidate + inReset) << s + 1, place("candidate"))
    }
  }

  private func require(_ reach: Int, _ place: String) throws(QuantizationError) {
    guard reach <= registerLimit else {
      throw QuantizationError(
        "\(place) can reach ±\(reach >> 18), expected below ±\(preActivationReach)",
        hint: "standardise the inputs, so that most lie within ±4")
    }
  }
}

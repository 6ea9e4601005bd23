import Foundation
public import ModelFiles

/// Raw integers that the firmware feeds: real = `scale` × raw + `offset`, one of each for all
/// features or one for each feature.
public struct InputUnits: Equatable, Sendable {
  public var scale: [Double]
  public var offset: [Double]

  public init(scale: [Double], offset: [Double]) {
    self.scale = scale
    self.offset = offset
  }
}

/// How int16 covers what the first layer reads.
public struct InputFormat: Equatable, Sendable {
  /// The range, as a multiple of the largest calibration value. A scale taken straight from the
  /// calibration maximum saturates on unseen data and has cost 40 dB.
  public var headroom: Double
  /// Whether each feature has a range of its own.
  public var isPerFeature: Bool

  public init(headroom: Double, isPerFeature: Bool = false) {
    self.headroom = headroom
    self.isPerFeature = isPerFeature
  }

  /// One scale for all features, from the safest down.
  public static let uniform = [4, 2, 1.5, 1].map { InputFormat(headroom: $0) }
}

/// How an int16 input stands for what the first layer reads.
struct InputScaling {
  /// What the header tells the firmware.
  var input: QuantizedInput
  /// The real value of one unit of the vector that the first layer's matrices read.
  var vectorScale: Double
  /// What each column of the first layer takes up, where features have scales of their own.
  private var factors: [Double]?

  /// A feature that calibration hardly shows still gets this share of the largest one's range.
  private static let smallestShare = 1.0 / 256

  init(
    of network: Network, _ ranges: Ranges, _ format: InputFormat, _ units: InputUnits?
  ) {
    guard case .vector(let standardisation) = network.input else {
      (input, vectorScale) = (.tokens, 1)
      return
    }
    if let units {
      input = .vector(
        scales: units.scale.map(Float.init),
        offsets: units.offset.allSatisfy { $0 == 0 }
          ? [] : repeated(units.offset, network.inputSize).map(Float.init))
      vectorScale = 1
      return
    }
    vectorScale = format.headroom * ranges.input / 32_767
    let offsets = standardisation?.mean.map(Float.init) ?? []
    if format.isPerFeature {
      factors = ranges.features.map { max($0 / ranges.input, Self.smallestShare) }
    }
    guard standardisation != nil || format.isPerFeature else {
      // Exactly what the firmware will multiply by.
      vectorScale = Double(Float(vectorScale))
      input = .vector(scales: [Float(vectorScale)], offsets: [])
      return
    }
    let deviation = standardisation?.deviation ?? Array(repeating: 1, count: network.inputSize)
    let unit = vectorScale
    let shares = factors ?? Array(repeating: 1, count: network.inputSize)
    input = .vector(
      scales: zip(deviation, shares).map { Float($0 * unit * $1) }, offsets: offsets)
  }

  /// What the header tells the firmware must be numbers that a float holds.
  func check() throws(QuantizationError) {
    guard case .vector(let scales, let offsets) = input else { return }
    for (kind, values) in [("scale", scales), ("offset", offsets)] {
      let wrong = values.firstIndex { !$0.isFinite || (kind == "scale" && !$0.isNormal) }
      guard let wrong else { continue }
      throw QuantizationError(
        "input \(wrong) has the \(kind) \(values[wrong]), expected a float of usual size",
        hint: standardiseHint)
    }
  }

  /// The first layer, whose columns take up the features' scales.
  func folded(_ layer: RoundedLayer) -> RoundedLayer {
    guard let factors else { return layer }
    func folded(_ matrix: RoundedMatrix) -> RoundedMatrix {
      RoundedMatrix(matrix.values.scalingColumns(by: factors), matrix.format)
    }
    switch layer {
    case .embedding: return layer
    case .cell(let gates):
      return .cell(
        gates.map { gate in
          var gate = gate
          gate.input = gate.input.map(folded)
          return gate
        })
    case .dense(let weights, let bias): return .dense(weights: folded(weights), bias: bias)
    }
  }
}

extension Network {
  /// The same network, whose first layer reads the firmware's raw integers: W·(s ⊙ q + o − mean) is
  /// a product with scaled columns, and a bias.
  public func folding(_ units: InputUnits) -> Network {
    guard case .vector(let standardisation) = input else { return self }
    let (scale, offset) = (repeated(units.scale, inputSize), repeated(units.offset, inputSize))
    let mean = standardisation?.mean ?? Array(repeating: 0, count: inputSize)
    let deviation = standardisation?.deviation ?? Array(repeating: 1, count: inputSize)
    let factors = zip(scale, deviation).map(/)
    let terms = offset.indices.map { (offset[$0] - mean[$0]) / deviation[$0] }
    var result = self
    result.input = .vector(Standardisation(mean: offset, deviation: scale))
    switch layers[0] {
    case .embedding: break
    case .gru(var gru):
      let shifts = gru.input.map { $0(terms) }
      gru.bias = Gates(
        reset: zip(gru.bias.reset, shifts.reset).map(+),
        update: zip(gru.bias.update, shifts.update).map(+),
        candidate: zip(gru.bias.candidate, shifts.candidate).map(+))
      gru.input = gru.input.map { $0.scalingColumns(by: factors) }
      result.layers[0] = .gru(gru)
    case .dense(var dense):
      dense.bias = zip(dense.bias, dense.weights(terms)).map(+)
      dense.weights = dense.weights.scalingColumns(by: factors)
      result.layers[0] = .dense(dense)
    }
    return result
  }
}

private func repeated(_ values: [Double], _ count: Int) -> [Double] {
  values.count == 1 ? Array(repeating: values[0], count: count) : values
}

extension RealMatrix {
  fileprivate func scalingColumns(by factors: [Double]) -> RealMatrix {
    RealMatrix(
      rows: rows, columns: columns,
      values: values.indices.map { values[$0] * factors[$0 % columns] })
  }
}

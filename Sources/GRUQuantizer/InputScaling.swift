import Foundation
import ModelFiles

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

/// How an int16 input stands for what the first layer reads.
struct InputScaling {
  /// What the header tells the firmware.
  var input: QuantizedInput
  /// The real value of one unit of the vector that the first layer's matrices read.
  var vectorScale: Double
  /// x ↦ factor ⊙ x + term, which the first layer's weights and biases take up; nil: nothing.
  private var folding: (factor: [Double], term: [Double])?

  /// The range of inputs that int16 covers, as a multiple of the largest calibration value. Four
  /// times costs at most 1 dB with int8 weights; a scale taken straight from the calibration
  /// maximum saturates on unseen data and has cost 40 dB. Less is taken only where the sums of a
  /// row cannot be proved to fit with more.
  static let headrooms = [4.0, 2.0, 1.0]

  init(of network: Network, ranges: Ranges, headroom: Double, units: InputUnits?) {
    guard case .vector(let standardisation) = network.input else {
      (input, vectorScale) = (.tokens, 1)
      return
    }
    let width = network.inputSize
    if let units {
      let scale = Self.repeated(units.scale, width)
      let offset = Self.repeated(units.offset, width)
      input = .vector(
        scales: units.scale.map(Float.init),
        offsets: offset.allSatisfy { $0 == 0 } ? [] : offset.map(Float.init))
      vectorScale = 1
      let mean = standardisation?.mean ?? Array(repeating: 0, count: width)
      let deviation = standardisation?.deviation ?? Array(repeating: 1, count: width)
      folding = (
        factor: (0..<width).map { scale[$0] / deviation[$0] },
        term: (0..<width).map { (offset[$0] - mean[$0]) / deviation[$0] }
      )
    } else if let standardisation {
      // One unit is the same share of each feature's deviation: the weights stay as they are.
      let unit = headroom * ranges.input / 32_767
      input = .vector(
        scales: standardisation.deviation.map { Float($0 * unit) },
        offsets: standardisation.mean.map(Float.init))
      vectorScale = unit
    } else {
      let scale = Float(headroom * ranges.input / 32_767)
      input = .vector(scales: [scale], offsets: [])
      vectorScale = Double(scale)
    }
  }

  /// The first layer, reading the vector in the firmware's units.
  func folded(_ layer: Layer) -> Layer {
    guard let folding else { return layer }
    switch layer {
    case .embedding: return layer
    case .gru(var gru):
      let terms = gru.input.map { $0(folding.term) }
      gru.bias = Gates(
        reset: zip(gru.bias.reset, terms.reset).map(+),
        update: zip(gru.bias.update, terms.update).map(+),
        candidate: zip(gru.bias.candidate, terms.candidate).map(+))
      gru.input = gru.input.map { $0.scalingColumns(by: folding.factor) }
      return .gru(gru)
    case .dense(var dense):
      dense.bias = zip(dense.bias, dense.weights(folding.term)).map(+)
      dense.weights = dense.weights.scalingColumns(by: folding.factor)
      return .dense(dense)
    }
  }

  private static func repeated(_ values: [Double], _ count: Int) -> [Double] {
    values.count == 1 ? Array(repeating: values[0], count: count) : values
  }
}

extension RealMatrix {
  fileprivate func scalingColumns(by factors: [Double]) -> RealMatrix {
    RealMatrix(
      rows: rows, columns: columns,
      values: values.indices.map { values[$0] * factors[$0 % columns] })
  }
}

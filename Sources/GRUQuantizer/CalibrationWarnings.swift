import Foundation
public import ModelFiles

extension Quantizer {
  /// What is wrong with calibration data, and what it will cost; none of it stops the quantizer.
  public static func warnings(about data: Sequences, for network: Network) -> [String] {
    let few =
      data.steps < fewestUsefulSteps
      ? [
        "calibration has \(data.steps) step\(data.steps == 1 ? "" : "s"), expected at least "
          + "\(fewestUsefulSteps): weights are rounded to the nearest, "
          + "which costs 4 dB and more"
      ] : []
    switch network.input {
    case .tokens: return few + tokenWarnings(data, network.inputSize)
    case .vector(let standardisation): return few + vectorWarnings(data, standardisation)
    }
  }

  /// Fewer steps say too little to fit weights to.
  public static let fewestUsefulSteps = 64

  /// A value this many times the root mean square of its data is an outlier.
  private static let outlier = 30.0

  private static func tokenWarnings(_ data: Sequences, _ count: Int) -> [String] {
    let seen = data.sequences.reduce(into: Set<Double>()) { $0.formUnion($1.values) }.count
    guard 2 * seen < count else { return [] }
    return [
      "only \(seen) of \(count) tokens occur in the calibration: "
        + "rounding errors make up for each other only where it has been"
    ]
  }

  private static func vectorWarnings(
    _ data: Sequences, _ standardisation: Standardisation?
  ) -> [String] {
    var (lowest, highest) = (
      [Double](repeating: .infinity, count: data.width),
      [Double](repeating: -.infinity, count: data.width)
    )
    var (power, count) = (0.0, 0)
    var largest = (value: 0.0, sequence: 0, step: 0, feature: 0)
    for (index, sequence) in data.sequences.enumerated() {
      for (place, value) in sequence.values.enumerated() {
        let feature = place % data.width
        let read =
          standardisation.map { (value - $0.mean[feature]) / $0.deviation[feature] } ?? value
        lowest[feature] = min(lowest[feature], read)
        highest[feature] = max(highest[feature], read)
        power += read * read
        count += 1
        if abs(read) > abs(largest.value) {
          largest = (read, index, place / data.width, feature)
        }
      }
    }
    if largest.value == 0 {
      return [
        "every calibration value is 0: inputs beyond ±4 will saturate, "
          + "and no rounding error is made up for"
      ]
    }
    var warnings: [String] = []
    let constant = (0..<data.width).filter { lowest[$0] == highest[$0] }
    if let first = constant.first, data.steps > 1 {
      let others = constant.count > 1 ? " and \(constant.count - 1) more" : ""
      warnings.append(
        "feature \(first)\(others) never changes in the calibration: "
          + "what it does otherwise is not made up for")
    }
    let rms = (power / Double(count)).squareRoot()
    if abs(largest.value) > outlier * rms {
      // Without it, the range would be a few times the root mean square.
      let cost = 20 * log10(abs(largest.value) / (outlier / 3 * rms))
      warnings.append(
        String(
          format: "the value %g of feature %d, sequence %d, step %d, is %.0f times the root mean "
            + "square of the calibration: it sets the input's scale, which may cost up to %.0f dB",
          largest.value, largest.feature, largest.sequence, largest.step, abs(largest.value) / rms,
          cost))
    }
    return warnings
  }
}

import Foundation
public import GRUQuantizer
public import ModelFiles

extension Sequences {
  /// What is wrong with inputs for a header, whose calibration had another range, and what it costs.
  public func warnings(for quantized: QuantizedNetwork) -> [String] {
    guard case .vector(let scales, let offsets) = quantized.input else { return [] }
    var features = Array(repeating: (units: 0.0, value: 0.0, clipped: 0), count: width)
    for sequence in sequences {
      for step in 0..<sequence.steps {
        let input = sequence.input(at: step, width: width)
        for (feature, units) in quantized.inputUnits(input).enumerated() {
          if abs(units) > 32_767 { features[feature].clipped += 1 }
          guard abs(units) > features[feature].units else { continue }
          (features[feature].units, features[feature].value) = (abs(units), input[feature])
        }
      }
    }
    let beyond = features.indices.filter { features[$0].clipped > 0 }
    var warnings = beyond.prefix(Self.mostFeatures).map { feature in
      let reach = 32_767 * Double(scales[scales.count == 1 ? 0 : feature])
      let middle = offsets.isEmpty ? 0 : Double(offsets[feature])
      return "feature \(feature) is clipped in \(features[feature].clipped) of \(steps) steps: "
        + String(
          format: "it has %.4g, and the header's range is %.4g to %.4g", features[feature].value,
          middle - reach, middle + reach)
    }
    if beyond.count > Self.mostFeatures {
      warnings.append("\(beyond.count - Self.mostFeatures) more features are clipped")
    }
    let all = features.map(\.units).max() ?? 0
    if all == 0 {
      warnings.append("every input is in the middle of the header's range")
    } else if all < 32_767 / Self.smallestShare {
      let factor = 32_767 / all
      warnings.append(
        String(
          format: "the inputs use 1/%.0f of the header's range, as in other units than the "
            + "calibration's: each factor of 2 costs 6 dB of the input's resolution, %.0f dB in all",
          factor, 20 * log10(factor)))
    }
    return warnings
  }

  /// Features that are named one by one.
  private static let mostFeatures = 4

  /// The least share of the range that is no sign of wrong units: a sixteenth of the calibration's,
  /// which has up to four times its own range.
  private static let smallestShare = 64.0
}

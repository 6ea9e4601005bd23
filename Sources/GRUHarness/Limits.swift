import Foundation

extension Validation {
  /// The user's limits; what is nil is not checked.
  public struct Limits: Encodable {
    public var maximumError: Double?
    public var minimumSQNR: Double?
    public var minimumAgreement: Double?

    public init(
      maximumError: Double? = nil, minimumSQNR: Double? = nil, minimumAgreement: Double? = nil
    ) {
      self.maximumError = maximumError
      self.minimumSQNR = minimumSQNR
      self.minimumAgreement = minimumAgreement
    }

    public var exist: Bool {
      maximumError != nil || minimumSQNR != nil || minimumAgreement != nil
    }

    private enum CodingKeys: String, CodingKey {
      case maximumError = "max_error"
      case minimumSQNR = "min_sqnr"
      case minimumAgreement = "min_agreement"
    }

    /// One clause for each limit that is exceeded.
    func failures(layers: [Layer], agreement: Double?) -> [String] {
      var failures: [String] = []
      let worst = layers.map(\.hidden.maximum).max() ?? 0
      if let limit = maximumError, worst > limit {
        let found = apart(worst, limit) { String(format: "%.*e", $0, $1) }
        failures.append("largest hidden error \(found) is above --max-error \(told(limit))")
      }
      let lowest = layers.compactMap(\.hidden.sqnr).min() ?? .infinity
      if let limit = minimumSQNR, lowest < limit {
        let found = apart(lowest, limit) { String(format: "%.*f", $0, $1) }
        failures.append("hidden SQNR \(found) dB is below --min-sqnr \(told(limit))")
      }
      if let limit = minimumAgreement, let agreement, agreement < limit {
        let found = apart(100 * agreement, 100 * limit) { String(format: "%.*f", $0, $1) }
        failures.append(
          "\(found) % of decisions are equal, fewer than --min-agreement \(told(limit))")
      }
      return failures
    }
  }
}

/// A number with as few digits as tell it apart from another one, at least one after the point.
private func apart(
  _ value: Double, _ other: Double, _ text: (_ digits: Int, _ value: Double) -> String
) -> String {
  text((1...17).first { text($0, value) != text($0, other) } ?? 17, value)
}

/// A number as the user will have typed it.
private func told(_ limit: Double) -> String { String(format: "%.15g", limit) }

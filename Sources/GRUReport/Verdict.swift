import Charts
public import GRUHarness

/// The one line that says whether a header is good enough, and how good it is.
public struct Verdict: Equatable, Sendable {
  public var passes: Bool
  /// Without the word itself.
  public var reason: String

  public init(passes: Bool, reason: String) {
    self.passes = passes
    self.reason = reason
  }

  public init(_ validation: Validation) {
    passes = validation.pass
    guard passes else {
      let device = validation.device?.isEqual == false ? ["the device differs from the host"] : []
      reason = (validation.failures + device).joined(separator: "; ")
      return
    }
    var parts = ["hidden SQNR " + validation.worstSQNR]
    if let agreement = validation.output.agreement {
      parts.append(NumberText.percent(agreement) + " equal decisions")
    }
    if let device = validation.device { parts.append("device equal in \(device.steps) steps") }
    parts.append(validation.limits.exist ? "within every limit" : "no limit was stated")
    reason = parts.joined(separator: ", ")
  }

  /// A share from 0 to 1 in percent; what is not all is never said to be all, nor what is something
  /// nothing.
  public static func percent(_ share: Double) -> String { NumberText.percent(share) }

  /// "pass" or "fail".
  public var word: String { passes ? "pass" : "fail" }
  public var line: String { "\(word): \(reason)" }
}

extension Validation {
  /// Of the hidden state of the cell where it is lowest.
  var worstSQNR: String {
    layers.compactMap(\.hidden.sqnr).min().map { NumberText.fixed($0, 1) + " dB" } ?? "exact"
  }

  /// The layer with the largest error, in its own LSB.
  var worstLayer: Layer? { layers.max { $0.hidden.maximum < $1.hidden.maximum } }
}

extension NumberText {
  static func percent(_ share: Double) -> String {
    if share == 0 || share == 1 { return "\(Int(100 * share)) %" }
    if share > 0.9999, share < 1 { return "> 99.99 %" }
    if share > 0, share < 0.0001 { return "< 0.01 %" }
    return fixed(100 * share, 2) + " %"
  }

  static func decibels(_ value: Double?) -> String {
    value.map { fixed($0, 1) } ?? "exact"
  }
}

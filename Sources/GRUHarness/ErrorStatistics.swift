import Foundation

/// How far values are from a reference, over everything that was fed.
public struct ErrorStatistics: Equatable, Sendable {
  public private(set) var count = 0
  public private(set) var maximum = 0.0
  private var squaredError = 0.0
  private var squaredReference = 0.0

  public init() {}

  public mutating func add(_ value: Double, reference: Double) {
    let error = value - reference
    count += 1
    maximum = max(maximum, abs(error))
    squaredError += error * error
    squaredReference += reference * reference
  }

  public mutating func add(_ values: some Sequence<Double>, reference: some Sequence<Double>) {
    for (value, reference) in zip(values, reference) { add(value, reference: reference) }
  }

  /// Adds what was fed to another one.
  public mutating func add(_ other: ErrorStatistics) {
    count += other.count
    maximum = max(maximum, other.maximum)
    squaredError += other.squaredError
    squaredReference += other.squaredReference
  }

  public var rms: Double { count == 0 ? 0 : (squaredError / Double(count)).squareRoot() }

  /// 10·log₁₀(Σ reference² / Σ error²) in dB; nil without any error.
  public var sqnr: Double? {
    squaredError == 0 ? nil : 10 * log10(squaredReference / squaredError)
  }
}

extension ErrorStatistics: Encodable {
  private enum CodingKeys: String, CodingKey {
    case maximum = "max_abs_error"
    case rms = "rms_error"
    case sqnr = "sqnr_db"
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(maximum, forKey: .maximum)
    try container.encode(rms, forKey: .rms)
    try container.encodeIfPresent(sqnr.flatMap { $0.isFinite ? $0 : nil }, forKey: .sqnr)
  }
}

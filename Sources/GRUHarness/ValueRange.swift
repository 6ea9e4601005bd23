/// Where values lie, over everything that was fed.
public struct ValueRange: Equatable, Sendable {
  public private(set) var count = 0
  public private(set) var minimum = Double.infinity
  public private(set) var maximum = -Double.infinity
  private var sum = 0.0
  private var squares = 0.0

  public init() {}

  public init(_ values: some Sequence<Double>) {
    add(values)
  }

  public mutating func add(_ values: some Sequence<Double>) {
    for value in values {
      count += 1
      minimum = min(minimum, value)
      maximum = max(maximum, value)
      sum += value
      squares += value * value
    }
  }

  /// Adds what was fed to another one.
  public mutating func add(_ other: ValueRange) {
    count += other.count
    minimum = min(minimum, other.minimum)
    maximum = max(maximum, other.maximum)
    sum += other.sum
    squares += other.squares
  }

  public var mean: Double { count == 0 ? 0 : sum / Double(count) }

  /// The standard deviation.
  public var deviation: Double {
    count == 0 ? 0 : max(0, squares / Double(count) - mean * mean).squareRoot()
  }
}

extension ValueRange: Encodable {
  private enum CodingKeys: String, CodingKey {
    case minimum, maximum, mean
    case deviation = "standard_deviation"
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(count == 0 ? 0 : minimum, forKey: .minimum)
    try container.encode(count == 0 ? 0 : maximum, forKey: .maximum)
    try container.encode(mean, forKey: .mean)
    try container.encode(deviation, forKey: .deviation)
  }
}

/// A device's states and outputs beside the host's run of the same header, step by step, to the bit.
public struct DeviceComparison: Encodable, Sendable {
  /// What the device says of itself.
  public struct Device: Encodable, Sendable {
    public var port: String
    public var model: String
    public var board: String
    public var core: String
    public var boot: UInt32
  }

  /// The first value in which the device differs.
  public struct Difference: Encodable, Equatable, Sendable {
    public enum Value: String, Encodable, Sendable { case hidden, output }

    public var sequence: Int
    /// Nil right after the reset before a sequence.
    public var step: Int?
    public var value: Value
    /// Over the hidden states of all cells, one after the other, or the outputs.
    public var index: Int
    public var device: Int32
    public var host: Int32
    /// How many values of that step differ.
    public var count: Int

    package init(
      sequence: Int, step: Int?, value: Value, index: Int, device: Int32, host: Int32, count: Int
    ) {
      (self.sequence, self.step) = (sequence, step)
      (self.value, self.index, self.count) = (value, index, count)
      (self.device, self.host) = (device, host)
    }
  }

  /// What the steps took, in ticks of the device's counter.
  public struct Cycles: Encodable, Equatable, Sendable {
    /// What the device counts, as "DWT CYCCNT".
    public var counter: String
    /// In Hz; nil where the device doesn't know.
    public var clock: Int?
    public var minimum: Int
    public var median: Int
    public var maximum: Int
    /// Steps that took more than the counter holds, which are none of the above.
    public var unmeasured: Int

    /// Milliseconds at the device's clock.
    public func milliseconds(_ ticks: Int) -> Double? {
      clock.map { 1e3 * Double(ticks) / Double($0) }
    }

    private enum CodingKeys: String, CodingKey {
      case counter
      case clock = "clock_hz"
      case minimum = "min"
      case median
      case maximum = "max"
      case minimumTime = "min_ms"
      case medianTime = "median_ms"
      case maximumTime = "max_ms"
      case unmeasured
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(counter, forKey: .counter)
      try container.encodeIfPresent(clock, forKey: .clock)
      for (ticks, key, time) in [
        (minimum, CodingKeys.minimum, CodingKeys.minimumTime), (median, .median, .medianTime),
        (maximum, .maximum, .maximumTime),
      ] {
        try container.encode(ticks, forKey: key)
        try container.encodeIfPresent(milliseconds(ticks), forKey: time)
      }
      try container.encode(unmeasured, forKey: .unmeasured)
    }
  }

  public var device: Device
  /// Steps that were compared and are equal.
  public var steps = 0
  public var sequences = 0
  public var difference: Difference?
  public var cycles: Cycles?
  /// Requests that were sent again.
  public var retries = 0
  public var damagedFrames = 0

  /// Whether the device computed all that it was asked for as the host did.
  public var isEqual: Bool { difference == nil && steps > 0 }

  private enum CodingKeys: String, CodingKey {
    case equal, device, steps, sequences, difference, cycles, retries
    case damagedFrames = "damaged_frames"
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(isEqual, forKey: .equal)
    try container.encode(device, forKey: .device)
    try container.encode(steps, forKey: .steps)
    try container.encode(sequences, forKey: .sequences)
    try container.encodeIfPresent(difference, forKey: .difference)
    try container.encodeIfPresent(cycles, forKey: .cycles)
    try container.encode(retries, forKey: .retries)
    try container.encode(damagedFrames, forKey: .damagedFrames)
  }
}

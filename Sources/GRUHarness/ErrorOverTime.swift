/// How a hidden state's error runs over the steps of each sequence.
public struct ErrorOverTime: Equatable, Sendable {
  /// The step whose error is largest.
  public struct Worst: Equatable, Sendable, Encodable {
    public var sequence = 0
    public var step = 0
    public var unit = 0
    public var float = 0.0
    public var fixed = 0.0
  }

  public private(set) var worst = Worst()
  private var largest = -1.0
  /// Σ over units of the squared error, by sequence and step.
  private var squares: [[Double]] = []
  private var units = 0

  mutating func startSequence() { squares.append([]) }

  /// Adds the sequences that were fed to another one, behind its own.
  mutating func add(_ other: ErrorOverTime) {
    units = other.units
    if other.largest > largest {
      largest = other.largest
      worst = other.worst
      worst.sequence += squares.count
    }
    squares += other.squares
  }

  mutating func add(_ values: [Double], reference: [Double]) {
    units = values.count
    var sum = 0.0
    for (unit, (fixed, float)) in zip(values, reference).enumerated() {
      let error = abs(fixed - float)
      sum += error * error
      guard error > largest else { continue }
      largest = error
      worst = Worst(
        sequence: squares.count - 1, step: squares[squares.count - 1].count, unit: unit,
        float: float, fixed: fixed)
    }
    squares[squares.count - 1].append(sum)
  }

  /// RMS error over the first tenth of each sequence's steps, at least one.
  public var first: Double { rms { $0.prefix(share(of: $0)) } }

  /// RMS error over the last tenth of each sequence's steps, at least one.
  public var last: Double { rms { $0.suffix(share(of: $0)) } }

  /// How much the error grew from the second fifth of the steps to the last; 1: not at all. nil for
  /// sequences of fewer than five steps, or without error.
  public var drift: Double? {
    let fifths = fifths
    return fifths[1] > 0 ? fifths[4] / fifths[1] : nil
  }

  /// RMS error over each fifth of each sequence's steps.
  public var fifths: [Double] {
    (0..<5).map { index in
      rms { $0[$0.count * index / 5..<$0.count * (index + 1) / 5] }
    }
  }

  /// Steps of the longest sequence, and whether all others are as long.
  public var length: (steps: Int, isCommon: Bool) {
    let longest = squares.map(\.count).max() ?? 0
    return (longest, squares.allSatisfy { $0.count == longest })
  }

  /// A stretch of steps, over all sequences that are long enough.
  public struct Bin: Equatable, Sendable {
    /// Of a sequence.
    public var steps: Range<Int>
    public var rms: Double
    /// RMS over the units, at the step where it is smallest and where it is largest.
    public var lowest: Double
    public var highest: Double
  }

  /// The error by step of its sequence, in at most `count` equally long stretches.
  public func bins(_ count: Int) -> [Bin] {
    let longest = squares.map(\.count).max() ?? 0
    guard longest > 0, units > 0 else { return [] }
    let length = (longest + count - 1) / count
    return stride(from: 0, to: longest, by: length).map { start in
      let steps = start..<min(start + length, longest)
      var (sum, counted, low, high) = (0.0, 0, Double.infinity, 0.0)
      for sequence in squares where sequence.count > start {
        for value in sequence[start..<min(steps.upperBound, sequence.count)] {
          sum += value
          counted += 1
          low = min(low, value)
          high = max(high, value)
        }
      }
      func rms(_ square: Double) -> Double { (square / Double(units)).squareRoot() }
      return Bin(
        steps: steps, rms: rms(sum / Double(counted)), lowest: rms(low), highest: rms(high))
    }
  }

  private func share(of steps: [Double]) -> Int { max(1, steps.count / 10) }

  private func rms(_ part: ([Double]) -> ArraySlice<Double>) -> Double {
    let parts = squares.map(part)
    let count = units * parts.reduce(0) { $0 + $1.count }
    return count == 0 ? 0 : (parts.reduce(0) { $0 + $1.reduce(0, +) } / Double(count)).squareRoot()
  }
}

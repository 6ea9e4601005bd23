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
    func fifth(_ index: Int) -> Double {
      rms { $0[$0.count * index / 5..<$0.count * (index + 1) / 5] }
    }
    let early = fifth(1)
    return early > 0 ? fifth(4) / early : nil
  }

  private func share(of steps: [Double]) -> Int { max(1, steps.count / 10) }

  private func rms(_ part: ([Double]) -> ArraySlice<Double>) -> Double {
    let parts = squares.map(part)
    let count = units * parts.reduce(0) { $0 + $1.count }
    return count == 0 ? 0 : (parts.reduce(0) { $0 + $1.reduce(0, +) } / Double(count)).squareRoot()
  }
}

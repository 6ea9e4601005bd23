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

  /// Steps that are told together.
  private struct Stretch: Equatable, Sendable {
    /// Σ over units and steps of the squared error.
    var squares = 0.0
    var steps = 0
    /// Σ over units, at the step where it is smallest and where it is largest.
    var lowest = Double.infinity
    var highest = 0.0

    mutating func add(_ square: Double) {
      add(Stretch(squares: square, steps: 1, lowest: square, highest: square))
    }

    mutating func add(_ other: Stretch) {
      squares += other.squares
      steps += other.steps
      lowest = min(lowest, other.lowest)
      highest = max(highest, other.highest)
    }

    func rms(units: Int) -> Double {
      steps == 0 ? 0 : (squares / Double(units * steps)).squareRoot()
    }
  }

  public private(set) var worst = Worst()
  private var largest = -1.0
  private var units = 0
  /// Sequences so far, and the shortest and the longest of them.
  private var sequences = 0
  private var shortest = Int.max
  private var longest = 0
  /// Steps of the sequence that runs, and which of them is next.
  private var length = 0
  private var step = 0

  private var firstTenth = Stretch()
  private var lastTenth = Stretch()
  private var fifthStretches = [Stretch](repeating: Stretch(), count: 5)
  /// Of `binSteps` steps each, over all sequences that are long enough.
  private var binStretches: [Stretch] = []
  private let binSteps: Int

  /// - Parameters:
  ///   - longest: steps of the longest sequence that there will be.
  ///   - bins: how many equally long stretches these are divided into at most.
  init(longest: Int, bins: Int) { binSteps = max(1, (longest + bins - 1) / bins) }

  mutating func startSequence(steps: Int) {
    sequences += 1
    shortest = min(shortest, steps)
    longest = max(longest, steps)
    (length, step) = (steps, 0)
  }

  /// Adds the sequences that were fed to another one, behind its own.
  mutating func add(_ other: ErrorOverTime) {
    units = other.units
    if other.largest > largest {
      largest = other.largest
      worst = other.worst
      worst.sequence += sequences
    }
    sequences += other.sequences
    shortest = min(shortest, other.shortest)
    longest = max(longest, other.longest)
    firstTenth.add(other.firstTenth)
    lastTenth.add(other.lastTenth)
    for index in fifthStretches.indices { fifthStretches[index].add(other.fifthStretches[index]) }
    for (index, bin) in other.binStretches.enumerated() { addToBin(index, bin) }
  }

  /// Adds the next step.
  mutating func add(_ values: [Double], reference: [Double]) {
    units = values.count
    var sum = 0.0
    for (unit, (fixed, float)) in zip(values, reference).enumerated() {
      let error = abs(fixed - float)
      sum += error * error
      guard error > largest else { continue }
      largest = error
      worst = Worst(sequence: sequences - 1, step: step, unit: unit, float: float, fixed: fixed)
    }
    let tenth = max(1, length / 10)
    if step < tenth { firstTenth.add(sum) }
    if step >= length - tenth { lastTenth.add(sum) }
    // The fifth that ends at ⌊length · (index + 1) / 5⌋.
    fifthStretches[(5 * (step + 1) + length - 1) / length - 1].add(sum)
    var stretch = Stretch()
    stretch.add(sum)
    addToBin(step / binSteps, stretch)
    step += 1
  }

  private mutating func addToBin(_ index: Int, _ stretch: Stretch) {
    while binStretches.count <= index { binStretches.append(Stretch()) }
    binStretches[index].add(stretch)
  }

  /// RMS error over the first tenth of each sequence's steps, at least one.
  public var first: Double { firstTenth.rms(units: units) }

  /// RMS error over the last tenth of each sequence's steps, at least one.
  public var last: Double { lastTenth.rms(units: units) }

  /// How much the error grew from the second fifth of the steps to the last; 1: not at all. nil for
  /// sequences of fewer than five steps, or without error.
  public var drift: Double? {
    let fifths = fifths
    return fifths[1] > 0 ? fifths[4] / fifths[1] : nil
  }

  /// RMS error over each fifth of each sequence's steps.
  public var fifths: [Double] { fifthStretches.map { $0.rms(units: units) } }

  /// Steps of all sequences, where these are equally many.
  public var commonLength: Int? { shortest == longest ? longest : nil }

  /// A stretch of steps, over all sequences that are long enough.
  public struct Bin: Equatable, Sendable {
    /// Of a sequence.
    public var steps: Range<Int>
    public var rms: Double
    /// RMS over the units, at the step where it is smallest and where it is largest.
    public var lowest: Double
    public var highest: Double
  }

  /// The error by step of its sequence, in equally long stretches.
  public var bins: [Bin] {
    binStretches.enumerated().map { index, stretch in
      func rms(_ square: Double) -> Double { (square / Double(units)).squareRoot() }
      let start = index * binSteps
      return Bin(
        steps: start..<min(start + binSteps, longest), rms: stretch.rms(units: units),
        lowest: rms(stretch.lowest), highest: rms(stretch.highest))
    }
  }
}

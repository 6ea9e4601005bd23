/// The error of each unit, or of each output, on its own, and where it is largest.
public struct UnitErrors: Equatable, Sendable {
  public struct Unit: Equatable, Sendable {
    fileprivate var squares = 0.0
    public fileprivate(set) var largest = 0.0
    public fileprivate(set) var sequence = 0
    public fileprivate(set) var step = 0
  }

  public private(set) var units: [Unit] = []
  private var sequences = 0
  private var steps = 0
  /// Of the sequence that runs.
  private var step = 0

  mutating func startSequence() {
    sequences += 1
    step = 0
  }

  mutating func add(_ values: [Double], reference: [Double]) {
    if units.isEmpty { units = Array(repeating: Unit(), count: values.count) }
    for (unit, (fixed, float)) in zip(values, reference).enumerated() {
      let error = abs(fixed - float)
      units[unit].squares += error * error
      guard error > units[unit].largest else { continue }
      (units[unit].largest, units[unit].sequence, units[unit].step) = (error, sequences - 1, step)
    }
    step += 1
    steps += 1
  }

  /// Adds the sequences that were fed to another one, behind its own.
  mutating func add(_ other: UnitErrors) {
    if units.isEmpty { units = Array(repeating: Unit(), count: other.units.count) }
    for (index, unit) in other.units.enumerated() {
      units[index].squares += unit.squares
      guard unit.largest > units[index].largest else { continue }
      units[index].largest = unit.largest
      (units[index].sequence, units[index].step) = (unit.sequence + sequences, unit.step)
    }
    sequences += other.sequences
    steps += other.steps
  }

  public func rms(ofUnit index: Int) -> Double {
    steps == 0 ? 0 : (units[index].squares / Double(steps)).squareRoot()
  }

  /// The units with the largest RMS errors, the worst first; none without error.
  public func worst(_ count: Int) -> [Int] {
    let ranked = units.indices.filter { units[$0].squares > 0 }.sorted {
      (units[$0].squares, $1) > (units[$1].squares, $0)
    }
    return Array(ranked.prefix(count))
  }
}

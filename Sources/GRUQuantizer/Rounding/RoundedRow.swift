import ModelFiles

/// All that ends in one sum of one unit, on its way to integers: a row of W, the same row of U, and
/// biases, which stay real.
///
/// Rounding changes the sum of every step by (q − w)·f, where f is what the row reads, weighed by
/// what the sum does to the state. With G = Σ f·fᵀ over the calibration data, the rows here make
///
///     (q − w)ᵀ · G · (q − w)
///
/// small: by choosing, column after column, the integers that the errors of the columns before ask
/// for (Babai's nearest plane, which is GPTQ's error-compensated rounding, and a few ways beside it),
/// then integers and biases one at a time (coordinate descent); from scales a little apart, the best
/// of which is kept.
///
/// Source: Frantar, Ashkboos, Hoefler, Alistarh, "GPTQ", 2022; Babai, "On Lovász' lattice
/// reduction", 1986.
struct RoundedRow {
  /// Columns that share a scale: the row of one matrix.
  struct Group {
    var columns: Range<Int>
    var format: WeightFormat
    /// The real value of one unit; 0 for a row of zeros.
    var scale: Double
    /// Whether the row lies on an integer grid, and stays there.
    var isExact: Bool

    init(
      _ row: ArraySlice<Double>, at columns: Range<Int>, _ format: WeightFormat,
      steps: RoundingSteps = .all
    ) {
      self.columns = columns
      self.format = format
      let grid = steps.contains(.grids) ? gridStep(of: row, format) : nil
      scale = grid ?? row.reduce(0) { max($0, abs($1)) } / Double(format.limit)
      isExact = grid != nil || scale == 0
    }

    func nearest(_ value: Double) -> Double {
      let limit = Double(format.limit)
      return scale * max(-limit, min(limit, (value / scale).rounded()))
    }
  }

  /// What the row stands for, in real numbers: integers × scale in the groups, then the biases.
  private(set) var values: [Double]
  private(set) var groups: [Group]
  private let steps: RoundingSteps

  /// Each weight at its nearest integer, the biases as they are.
  init(_ row: [Double], groups: [Group], steps: RoundingSteps = .all) {
    self.init(rounded: row, groups: groups, steps: steps)
    for group in groups where !group.isExact {
      for column in group.columns { values[column] = group.nearest(row[column]) }
    }
  }

  /// A row that was rounded before.
  init(rounded values: [Double], groups: [Group], steps: RoundingSteps = .all) {
    self.values = values
    self.groups = groups
    self.steps = steps
  }

  var isExact: Bool { groups.allSatisfy(\.isExact) }

  /// The integers of a group.
  func integers(of group: Group) -> [Int16] {
    group.columns.map { group.scale == 0 ? 0 : Int16((values[$0] / group.scale).rounded()) }
  }

  /// Times that every column is looked at, unless no integer changes any more.
  private static let sweeps = 40

  /// Times the plain scale: each is another lattice, whose best integers may happen to lie closer.
  private static let scaleFactors = (0...48).map { 0.96 + 0.0025 * Double($0) }

  /// Ways of rounding the columns that are followed at once.
  private static let planes = 8

  /// Rounds anew, so that errors make up for each other.
  mutating func compensate(_ row: [Double], _ gram: SymmetricMatrix) {
    let units = values.indices.map { group(of: $0)?.scale ?? 1 }
    guard !isExact, let factor = gram.upperFactor(of: movable, units: units) else { return }
    let pull = gram(row)
    var (best, least) = (self, loss(gram, pull))
    for scaleFactor in steps.contains(.scales) ? Self.scaleFactors : [1] {
      var candidate = self
      for index in groups.indices where !groups[index].isExact {
        candidate.groups[index].scale *= scaleFactor
      }
      candidate.values = candidate.nearestPlanes(
        row, factor, width: steps.contains(.planes) ? Self.planes : 1)
      candidate.descend(gram, toward: pull)
      let loss = candidate.loss(gram, pull)
      // The plane may lie above the nearest integers, and descent never climbs.
      if loss < least { (best, least) = (candidate, loss) }
    }
    self = best
  }

  private func loss(_ gram: SymmetricMatrix, _ pull: [Double]) -> Double {
    zip(values, zip(gram(values), pull)).reduce(0) { $0 + $1.0 * ($1.1.0 - 2 * $1.1.1) }
  }

  /// Columns that may move: coarse ones, fine ones, which make up for more, and the biases.
  private var movable: [[Int]] {
    func columns(_ format: WeightFormat) -> [Int] {
      groups.filter { !$0.isExact && $0.format == format }.flatMap { Array($0.columns) }
    }
    return [columns(.int8), columns(.int16), biases]
  }

  private var biases: [Int] {
    guard steps.contains(.biases) else { return [] }
    return Array((groups.map(\.columns.upperBound).max() ?? 0)..<values.count)
  }

  func group(of column: Int) -> Group? { groups.first { $0.columns.contains(column) } }

  /// Lowers vᵀ·G·v − 2·pull·v from where the row is: moves one column at a time to the integer, or
  /// the bias, where it is smallest.
  mutating func descend(_ gram: SymmetricMatrix, toward pull: [Double]) {
    guard steps.contains(.descent) else { return }
    var slope = zip(gram(values), pull).map(-)
    let columns = movable.joined().map { (index: $0, group: group(of: $0)) }
    let size = gram.size
    for _ in 0..<Self.sweeps {
      var changed = false
      for (column, group) in columns {
        let target = values[column] - slope[column] / gram[column, column]
        let value = group?.nearest(target) ?? target
        let step = value - values[column]
        guard step != 0 else { continue }
        values[column] = value
        changed = changed || group != nil
        gram.values.withUnsafeBufferPointer { gram in
          for index in 0..<size { slope[index] += gram[column * size + index] * step }
        }
      }
      if !changed { return }
    }
  }
}

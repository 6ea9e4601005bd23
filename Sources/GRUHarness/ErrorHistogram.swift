/// How often an error of each size occurs, in units of the last bit (LSB) of what is compared.
///
/// Bins are equally wide, one LSB at first, and centred on 0. Where an error lies beyond the last
/// bin that may be kept, three bins become one: memory is bounded, and the result depends on what
/// was added, not on the order.
public struct ErrorHistogram: Equatable, Sendable {
  /// LSB; a power of 3.
  private var width = 1
  /// From −reach to reach.
  private var bins = [0, 0, 0]

  /// Bins beside the middle one: 4, 13, 40, … follow on the first, each three times and one more.
  private static let longestReach = 364
  /// Larger errors, which only an unbounded state can have, count as this one.
  private static let largestError = 0x1p40

  private var reach: Int { bins.count / 2 }

  /// - Parameter error: in LSB.
  mutating func add(_ error: Double) {
    let whole = Int(max(-Self.largestError, min(Self.largestError, error.rounded())))
    while abs(bin(of: whole)) > reach {
      if reach < Self.longestReach { grow() } else { fold() }
    }
    bins[bin(of: whole) + reach] += 1
  }

  /// Adds what was fed to another one.
  mutating func add(_ other: ErrorHistogram) {
    var other = other
    while width < other.width { fold() }
    while other.width < width { other.fold() }
    while reach < other.reach { grow() }
    let offset = reach - other.reach
    for (index, count) in other.bins.enumerated() { bins[index + offset] += count }
  }

  private func bin(of error: Int) -> Int { floorDivided(error + width / 2, by: width) }

  private mutating func grow() {
    let margin = Array(repeating: 0, count: 2 * reach + 1)
    bins = margin + bins + margin
  }

  /// Makes one bin of three.
  private mutating func fold() {
    let (old, oldReach) = (bins, reach)
    let newReach = floorDivided(oldReach + 1, by: 3)
    bins = Array(repeating: 0, count: 2 * newReach + 1)
    for (index, count) in old.enumerated() {
      bins[floorDivided(index - oldReach + 1, by: 3) + newReach] += count
    }
    width *= 3
  }

  // MARK: Results

  /// The bins that hold nearly all errors, and how many lie beyond them.
  public struct Body: Equatable, Sendable, Encodable {
    public var binWidth: Int
    /// The middle of the first bin.
    public var first: Int
    public var counts: [Int]
    public var beyond: Int

    private enum CodingKeys: String, CodingKey {
      case counts, beyond
      case binWidth = "bin_width_lsb"
      case first = "first_bin_lsb"
    }
  }

  /// The share of errors that may lie beyond.
  private static let tail = 0.001
  private static let mostBins = 121

  /// Around 0, as wide as nearly all errors need.
  public var body: Body {
    var folded = self
    while true {
      let total = folded.bins.reduce(0, +)
      let half = (0...folded.reach).first { folded.beyond($0) <= Int(Self.tail * Double(total)) }!
      guard 2 * half + 1 > Self.mostBins else {
        let middle = folded.reach
        return Body(
          binWidth: folded.width, first: -half * folded.width,
          counts: Array(folded.bins[middle - half...middle + half]), beyond: folded.beyond(half))
      }
      folded.fold()
    }
  }

  private func beyond(_ half: Int) -> Int {
    bins[..<(reach - half)].reduce(0, +) + bins[(reach + half + 1)...].reduce(0, +)
  }
}

private func floorDivided(_ value: Int, by divisor: Int) -> Int {
  let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
  return remainder < 0 ? quotient - 1 : quotient
}

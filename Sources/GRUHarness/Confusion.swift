/// How often the float model chose one class and the header another, or the same.
public struct Confusion: Equatable, Sendable {
  private struct Pair: Hashable {
    var float: Int
    var fixed: Int
  }

  public let classes: Int
  public private(set) var decisions = 0
  private var counts: [Pair: Int] = [:]

  init(classes: Int) { self.classes = classes }

  mutating func add(float: Int, fixed: Int) {
    decisions += 1
    counts[Pair(float: float, fixed: fixed), default: 0] += 1
  }

  mutating func add(_ other: Confusion) {
    decisions += other.decisions
    counts.merge(other.counts, uniquingKeysWith: +)
  }

  public func count(float: Int, fixed: Int) -> Int {
    counts[Pair(float: float, fixed: fixed)] ?? 0
  }

  public struct Disagreement: Equatable, Sendable, Encodable {
    public var float: Int
    public var fixed: Int
    public var count: Int
  }

  /// Pairs of different classes, the most frequent first.
  public var disagreements: [Disagreement] {
    counts.filter { $0.key.float != $0.key.fixed }
      .map { Disagreement(float: $0.key.float, fixed: $0.key.fixed, count: $0.value) }
      .sorted { ($1.count, $0.float, $0.fixed) < ($0.count, $1.float, $1.fixed) }
  }
}

extension Confusion: Encodable {
  private enum CodingKeys: String, CodingKey { case classes, decisions, disagreements }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(classes, forKey: .classes)
    try container.encode(decisions, forKey: .decisions)
    try container.encode(disagreements, forKey: .disagreements)
  }
}

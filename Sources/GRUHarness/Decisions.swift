import GRUQuantizer

/// The classes that both models choose, counted step by step.
public struct Decisions: Equatable, Sendable {
  /// Whether each output is a probability of its own, on one side of ½; otherwise the largest output
  /// is the class.
  private let byThreshold: Bool
  private var steps = 0
  /// Steps at which both models choose the same.
  private var equal = 0
  /// Steps at which the right class is known: all or none.
  private var labelled = 0
  private var rightFloat = 0
  private var rightFixed = 0
  /// How often the models chose each pair of classes.
  public private(set) var confusion: Confusion

  init(of network: QuantizedNetwork) {
    byThreshold = network.endsInSigmoid
    confusion = Confusion(classes: byThreshold ? 2 : network.outputSize)
  }

  /// - Parameter label: the right class, where it is known.
  mutating func add(float: [Double], fixed: [Double], label: Int? = nil) {
    let (float, fixed) = (decide(float), decide(fixed))
    steps += 1
    equal += float == fixed ? 1 : 0
    labelled += label == nil ? 0 : 1
    rightFloat += float[0] == label ? 1 : 0
    rightFixed += fixed[0] == label ? 1 : 0
    for (float, fixed) in zip(float, fixed) { confusion.add(float: float, fixed: fixed) }
  }

  /// Adds what was fed to another one.
  mutating func add(_ other: Decisions) {
    steps += other.steps
    equal += other.equal
    labelled += other.labelled
    rightFloat += other.rightFloat
    rightFixed += other.rightFixed
    confusion.add(other.confusion)
  }

  private func decide(_ values: [Double]) -> [Int] {
    byThreshold ? values.map { $0 >= 0.5 ? 1 : 0 } : [largest(values)]
  }

  /// The share of steps at which both models choose the same.
  public var agreement: Double { share(equal) }

  /// How often each model was right; nil without labels.
  var task: Validation.Task? {
    guard labelled > 0 else { return nil }
    return .init(accuracyFloat: share(rightFloat), accuracyFixed: share(rightFixed))
  }

  private func share(_ count: Int) -> Double { steps == 0 ? 0 : Double(count) / Double(steps) }
}

private func largest(_ values: [Double]) -> Int {
  values.indices.reduce(0) { values[$1] > values[$0] ? $1 : $0 }
}

import Foundation
public import GRUQuantizer
public import ModelFiles

/// Labels or expected values that don't have the shape of the inputs.
public struct DataMismatch: Error, Equatable {
  public var message: String
}

/// What others know of a network's inputs.
public struct Expectations: Sendable {
  public var labels: Labels?
  /// The last cell's states, by the float model.
  public var hidden: ExpectedVectors?
  /// By the float model.
  public var output: ExpectedVectors?

  public init(
    labels: Labels? = nil, hidden: ExpectedVectors? = nil, output: ExpectedVectors? = nil
  ) {
    (self.labels, self.hidden, self.output) = (labels, hidden, output)
  }
}

/// The right classes of a network's inputs: of each sequence at its last step, or at every step.
public struct Labels: Sendable {
  private let areAtEveryStep: Bool
  private let classes: Elements
  /// Classes of a sequence with its padding, and steps of each without.
  private let width: Int
  private let lengths: [Int]

  /// - Parameter array: integers (N) or (N, T); behind the end of a sequence they may be anything.
  public init(
    _ array: NPY, of network: QuantizedNetwork, over inputs: Sequences
  ) throws(DataMismatch) {
    let count = inputs.sequences.count
    guard array.isInteger, array.shape.first == count, array.shape.count <= 2 else {
      throw DataMismatch(
        message: "has \(array.isInteger ? "integers" : "floats") of shape \(array.shape), "
          + "expected integers of shape [\(count)] or [\(count), T]")
    }
    let areAtEveryStep = array.shape.count == 2
    let width = areAtEveryStep ? array.shape[1] : 1
    lengths = inputs.sequences.map(\.steps)
    let longest = areAtEveryStep ? lengths.max() ?? 0 : 1
    guard longest <= width else {
      throw DataMismatch(
        message: "has shape \(array.shape), expected labels of at least \(longest) steps")
    }
    guard !network.endsInSigmoid || network.outputSize == 1 else {
      throw DataMismatch(message: "has classes, but the outputs are separate probabilities")
    }
    let known = 0..<Double(network.classCount)
    for (sequence, length) in lengths.enumerated() {
      let labels = array.values[sequence * width..<sequence * width + min(length, width)]
      guard let wrong = labels.first(where: { !known.contains($0) }) else { continue }
      throw DataMismatch(
        message: String(
          format: "sequence %d has the label %.0f, expected 0 to %d", sequence, wrong,
          network.classCount - 1))
    }
    (self.areAtEveryStep, self.width, classes) = (areAtEveryStep, width, array.values)
  }

  /// At a step; nil before the last one where there is only that.
  func label(of sequence: Int, at step: Int) -> Int? {
    guard !areAtEveryStep else { return Int(classes[sequence * width + step]) }
    return step == lengths[sequence] - 1 ? Int(classes[sequence]) : nil
  }
}

extension QuantizedNetwork {
  /// Whether each output is a probability of its own.
  var endsInSigmoid: Bool { layers.last?.dense?.activation == .sigmoid }

  /// Classes that one decision tells apart: both sides of ½, or which output is the largest.
  var classCount: Int { endsInSigmoid && outputSize == 1 ? 2 : outputSize }
}

/// The hidden states or outputs that others computed for a network's inputs, of its first sequences.
public struct ExpectedVectors: Sendable {
  private let values: Elements
  private let width: Int
  /// How many sequences there are, and steps of each with its padding.
  private let count: Int
  private let steps: Int
  private let isLastStepOnly: Bool
  /// Steps of each sequence without it.
  private let lengths: [Int]

  /// - Parameter array: the last cell's states, (T, H) or (N, T, H).
  public static func hiddenStates(
    _ array: NPY, of network: QuantizedNetwork, over inputs: Sequences
  ) throws(DataMismatch) -> ExpectedVectors {
    try ExpectedVectors(
      array, width: network.cells.last?.hiddenSize ?? 0, steps: inputs.sequences.map(\.steps))
  }

  /// - Parameter array: (N, O) at the last step, or (T, O), or (N, T, O).
  public static func outputs(
    _ array: NPY, of network: QuantizedNetwork, over inputs: Sequences
  ) throws(DataMismatch) -> ExpectedVectors {
    let count = inputs.sequences.count
    return try ExpectedVectors(
      array, width: network.outputSize, steps: inputs.sequences.map(\.steps),
      isLastStepOnly: array.shape == [count, network.outputSize] && inputs.steps != count)
  }

  /// - Parameter lengths: how many steps each sequence has.
  init(
    _ array: NPY, width: Int, steps lengths: [Int], isLastStepOnly: Bool = false
  ) throws(DataMismatch) {
    let shape = array.shape
    let isOneStream = shape.count == 2 && lengths.count == 1
    (count, steps) =
      shape.count == 3
      ? (shape[0], shape[1]) : isOneStream ? (1, shape[0]) : (shape.first ?? 0, 1)
    let longest = isLastStepOnly ? 1 : lengths.prefix(max(1, count)).max() ?? 0
    guard shape.last == width, (1...lengths.count).contains(count), longest <= steps else {
      throw DataMismatch(
        message: "has shape \(shape), expected [N, T, \(width)] with N up to \(lengths.count) "
          + "and T at least \(longest)")
    }
    values = array.values
    self.width = width
    self.isLastStepOnly = isLastStepOnly
    self.lengths = lengths
  }

  /// The largest difference from what was found at a step; 0 where nothing is expected.
  func error(of found: [Double], sequence: Int, step: Int) -> Double {
    guard sequence < count, !isLastStepOnly || step == lengths[sequence] - 1 else { return 0 }
    let row = sequence * steps + (isLastStepOnly ? 0 : step)
    let expected = values.values(from: row * width, count: width)
    return zip(found, expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }
}

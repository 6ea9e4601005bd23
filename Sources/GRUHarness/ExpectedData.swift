import Foundation
public import GRUQuantizer
public import ModelFiles

/// Labels or expected values that don't have the shape of the inputs.
public struct DataMismatch: Error, Equatable {
  public var message: String
}

/// The right classes of a network's inputs: of each sequence at its last step, or at every step.
public struct Labels: Sendable {
  let areAtEveryStep: Bool
  private let classes: [[Int]]

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
    let steps = inputs.sequences.map { areAtEveryStep ? $0.steps : 1 }
    guard let longest = steps.max(), longest <= width else {
      throw DataMismatch(
        message: "has shape \(array.shape), expected labels of at least \(steps.max() ?? 0) steps")
    }
    guard !network.endsInSigmoid || network.outputSize == 1 else {
      throw DataMismatch(message: "has classes, but the outputs are separate probabilities")
    }
    classes = try steps.enumerated().map { sequence, steps throws(DataMismatch) in
      try array.values[sequence * width..<sequence * width + steps].map {
        label throws(DataMismatch) in
        guard (0..<Double(network.classCount)).contains(label) else {
          throw DataMismatch(
            message: String(
              format: "sequence %d has the label %.0f, expected 0 to %d", sequence, label,
              network.classCount - 1))
        }
        return Int(label)
      }
    }
    self.areAtEveryStep = areAtEveryStep
  }

  /// At a step, or at the last one where there is only that.
  func label(of sequence: Int, at step: Int) -> Int { classes[sequence][step] }
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
    let lengths = isLastStepOnly ? lengths.map { _ in 1 } : lengths
    let shape = array.shape
    let isOneStream = shape.count == 2 && lengths.count == 1
    (count, steps) =
      shape.count == 3
      ? (shape[0], shape[1]) : isOneStream ? (1, shape[0]) : (shape.first ?? 0, 1)
    let longest = lengths.prefix(max(1, count)).max() ?? 0
    guard shape.last == width, (1...lengths.count).contains(count), longest <= steps else {
      throw DataMismatch(
        message: "has shape \(shape), expected [N, T, \(width)] with N up to \(lengths.count) "
          + "and T at least \(longest)")
    }
    values = array.values
    self.width = width
    self.isLastStepOnly = isLastStepOnly
  }

  /// The largest difference from what was found, by sequence and step.
  func largestError(of found: [[[Double]]]) -> Double {
    var largest = 0.0
    for (index, sequence) in found.prefix(count).enumerated() {
      for (step, vector) in (isLastStepOnly ? sequence.suffix(1) : sequence[...]).enumerated() {
        let start = (index * steps + step) * width
        for (offset, value) in vector.enumerated() {
          largest = max(largest, abs(value - values[start + offset]))
        }
      }
    }
    return largest
  }
}

import FloatGRU
import Foundation
public import ModelFiles

/// A model's hidden states against a known sequence; where they differ, what other reading of the
/// file would agree: all six gate orders, both resets, both update conventions.
public struct SelfCheck {
  public struct Reading {
    /// Which stored block is taken as r, z and n, among the blocks as the layout sorts them.
    public var order: [Int]
    public var reset: ResetMode
    public var update: UpdateMode
    public var error: Double
  }

  /// Hidden states of float32 files agree to this.
  static let tolerance = 1e-4

  public let asRead: Double
  public let others: [Reading]
  public var matchesAsRead: Bool { asRead <= Self.tolerance }

  /// - Parameter expected: (T, H) or (N, T, H), which may cover only the first sequences.
  public init(
    _ file: TensorFile, _ description: NetworkDescription, inputs: Sequences, expected: NPY,
    _ expectedPath: String
  ) throws(InputError) {
    // A run over all inputs takes its time: what cannot be compared is refused before it.
    let width = try Network(file, description: description).lastHiddenSize
    let expectedStates: ExpectedVectors
    do throws(DataMismatch) {
      expectedStates = try ExpectedVectors(
        expected, width: width, steps: inputs.sequences.map(\.steps))
    } catch {
      throw InputError(expectedPath, error.message)
    }
    func error(
      _ description: NetworkDescription, upTo limit: Double
    ) throws(InputError) -> Double {
      let network = try Network(file, description: description)
      return largestError(of: network, inputs, expectedStates, upTo: limit)
    }
    asRead = try error(description, upTo: .infinity)
    guard asRead > Self.tolerance else {
      others = []
      return
    }
    var others: [Reading] = []
    for order in [[0, 1, 2], [1, 0, 2], [0, 2, 1], [2, 1, 0], [1, 2, 0], [2, 0, 1]] {
      for reset in ResetMode.allCases {
        for update in UpdateMode.allCases {
          var other = description
          other.layers = other.layers.map { layer in
            guard case .gru(var cell) = layer else { return layer }
            (cell.order, cell.reset, cell.update) = (order, reset, update)
            return .gru(cell)
          }
          others.append(
            Reading(
              order: order, reset: reset, update: update,
              error: try error(other, upTo: Self.tolerance)))
        }
      }
    }
    self.others = others.filter { $0.error <= Self.tolerance }
  }

  /// In one line.
  public var summary: String {
    let found = String(format: "hidden states differ by at most %.1e from those expected", asRead)
    guard !matchesAsRead else { return found + ": the file is read right" }
    return others.isEmpty
      ? found + "; no gate order, reset or update convention would match" : found
  }

  /// What would match where the file as it is read does not; empty elsewhere.
  public var readings: String {
    guard !others.isEmpty else { return "" }
    let names = ["reset", "update", "candidate"]
    let found = others.map { reading in
      "  blocks read as reset, update, candidate: those now taken for "
        + reading.order.map { names[$0] }.joined(separator: ", ")
        + "; reset \(reading.reset); z \(reading.update)"
    }
    return (["these readings would match:"] + found).joined(separator: "\n")
  }
}

/// Of the last GRU's states, or the first one beyond a limit.
private func largestError(
  of network: Network, _ inputs: Sequences, _ expected: ExpectedVectors, upTo limit: Double
) -> Double {
  var (float, largest) = (FloatNetwork(network), 0.0)
  for (index, sequence) in inputs.sequences.enumerated() {
    float.reset()
    for step in 0..<sequence.steps {
      let result = float.step(sequence.input(at: step, width: inputs.width))
      largest = max(
        largest, expected.error(of: result.lastHidden, sequence: index, step: step))
      guard largest <= limit else { return largest }
    }
  }
  return largest
}

extension Network {
  /// Of the last GRU; 0 without one.
  fileprivate var lastHiddenSize: Int {
    layers.last { if case .gru = $0 { true } else { false } }?.outputSize ?? 0
  }
}

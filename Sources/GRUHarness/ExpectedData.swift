import Foundation
import ModelFiles

// Labels and expected values beside the sequences that they are for.

extension NPY {
  /// How many sequences of how many steps an array holds, of what sequences of these steps put out:
  /// (N, T, W), (T, W) of one stream, or (N, W); the first sequences suffice.
  func fit(
    sequences: [Int], width: Int, _ what: String
  ) throws(DataMismatch) -> (count: Int, steps: Int) {
    let oneStream = shape.count == 2 && sequences.count == 1
    let (count, steps) =
      shape.count == 3 ? (shape[0], shape[1]) : oneStream ? (1, shape[0]) : (shape.first ?? 0, 1)
    guard shape.last == width, (1...sequences.count).contains(count),
      sequences.prefix(count).allSatisfy({ $0 <= steps })
    else {
      throw DataMismatch(
        message: "\(what) have shape \(shape), which \(sequences.count) sequences of "
          + "\(width) values don't fit")
    }
    return (count, steps)
  }

  /// Labels, (N) or (N, T), must be classes that a network tells apart; behind the end of a sequence
  /// they may be anything.
  func requireClasses(below count: Int, steps: [Int]) throws(DataMismatch) {
    let width = shape.count == 2 ? shape[1] : 1
    for (sequence, steps) in steps.enumerated() {
      let labels = values[sequence * width..<sequence * width + steps]
      guard let wrong = labels.first(where: { !(0..<Double(count)).contains($0) }) else { continue }
      throw DataMismatch(
        message: String(
          format: "sequence %d has the label %.0f, expected 0 to %d", sequence, wrong, count - 1))
    }
  }
}

import ModelFiles

extension Sequences {
  /// What may come on top, times the data.
  private static let mostRedraws = 3

  /// With redrawn sequences on top, in whole copies of the data and about `limit` steps at most.
  ///
  /// Calibration data shows some of the ways that events follow each other, and one offset of a
  /// sensor: errors that happen not to matter there are no loss. Redrawn data takes the cells to
  /// other places, with much the same events.
  func redrawn(upTo limit: Int) -> Sequences {
    let copies = min(Self.mostRedraws, limit / steps - 1)
    guard copies > 0 else { return self }
    let offsets = isTokens ? [0] : rootMeanSquares
    return with(
      sequences
        + sequences.flatMap { sequence in
          var random = Random()
          return (0..<copies).map { _ in sequence.redrawn(offsets, &random) }
        })
  }

  /// Of each feature.
  private var rootMeanSquares: [Double] {
    var squares = [Double](repeating: 0, count: width)
    for sequence in sequences {
      for (index, value) in sequence.values.enumerated() { squares[index % width] += value * value }
    }
    return squares.map { ($0 / Double(steps)).squareRoot() }
  }
}

extension Sequences.Sequence {
  /// Steps of a piece; a quarter of a shorter sequence.
  private static let pieceSteps = 128

  /// Another of this length: pieces from random places of this one, each with its features moved by
  /// up to these offsets.
  fileprivate func redrawn(_ offsets: [Double], _ random: inout Random) -> Self {
    let (size, width) = (max(min(Self.pieceSteps, steps / 4), 1), offsets.count)
    var redrawn: [Double] = []
    redrawn.reserveCapacity(values.count + size * width)
    while redrawn.count < values.count {
      let start = random.next(below: steps - size + 1)
      let moves = offsets.map { $0 * (Double(random.next(below: 2_001)) / 1_000 - 1) }
      for step in start..<start + size {
        redrawn += zip(input(at: step, width: width), moves).map(+)
      }
    }
    return Self(values: Array(redrawn.prefix(values.count)), steps: steps)
  }
}

/// Knuth's linear congruential generator for MMIX: the same numbers on every machine.
private struct Random {
  private var state: UInt64 = 1

  mutating func next(below limit: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(limit))
  }
}

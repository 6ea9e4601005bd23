import GRUQuantizer
public import ModelFiles

/// Calibration data in two parts: one to fit weights to, and one that is held back to judge by.
public struct CalibrationSplit: Sendable {
  public let fit: Sequences
  public let held: Sequences
  /// Both parts together.
  var whole: Sequences { suffices ? fit.with(fit.sequences + held.sequences) : fit }
  /// Whether there is enough to fit anything to; otherwise both parts are all of it.
  public let suffices: Bool

  /// Fewer steps than this say too little to hold some back.
  static let fewestSteps = Quantizer.fewestUsefulSteps

  /// Every fourth sequence is held back, or the last quarter of each if there are fewer than four.
  ///
  /// - Parameters:
  ///   - limit: steps to fit to; as many pieces of longer data are taken, evenly spread.
  ///   - redraws: whether each part is redrawn where it is shorter.
  public init(_ data: Sequences, limit: Int, redraws: Bool = true) {
    suffices = data.steps >= Self.fewestSteps
    guard suffices else {
      (fit, held) = (data, data)
      return
    }
    let parts = data.sequences.count >= 4 ? Self.bySequence(data) : Self.byTime(data)
    func part(_ sequences: [Sequences.Sequence], _ limit: Int) -> Sequences {
      let part = data.with(sequences)
      return (redraws ? part.redrawn(upTo: limit) : part).thinned(to: limit)
    }
    fit = part(parts.fit, limit)
    held = part(parts.held, max(limit / 2, Self.fewestSteps))
  }

  private typealias Parts = (fit: [Sequences.Sequence], held: [Sequences.Sequence])

  private static func bySequence(_ data: Sequences) -> Parts {
    let numbered = data.sequences.enumerated()
    return (
      numbered.filter { $0.offset % 4 != 3 }.map(\.element),
      numbered.filter { $0.offset % 4 == 3 }.map(\.element)
    )
  }

  private static func byTime(_ data: Sequences) -> Parts {
    let cut = data.sequences.map { ($0, at: $0.steps - $0.steps / 4) }
    return (
      cut.map { $0.piece(0..<$1, width: data.width) },
      cut.map { $0.piece($1..<$0.steps, width: data.width) }.filter { $0.steps > 0 }
    )
  }
}

extension Sequences {
  func with(_ sequences: [Sequence]) -> Sequences {
    Sequences(width: width, isTokens: isTokens, sequences: sequences)
  }

  /// At most about `limit` steps, in whole pieces, evenly spread.
  fileprivate func thinned(to limit: Int) -> Sequences {
    guard steps > limit else { return self }
    let pieceSize = min(1_024, limit)
    let pieces = sequences.flatMap { sequence in
      stride(from: 0, to: sequence.steps, by: pieceSize).map { start in
        sequence.piece(start..<min(start + pieceSize, sequence.steps), width: width)
      }
    }
    let total = steps
    var (seen, keptSteps, kept) = (0, 0, [Sequence]())
    for piece in pieces {
      let before = seen * limit / total
      seen += piece.steps
      // A piece is due whenever its share of the limit has come together.
      guard keptSteps <= before else { continue }
      keptSteps += piece.steps
      kept.append(piece)
    }
    return with(kept)
  }
}

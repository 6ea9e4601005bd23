public import GRUQuantizer
import ModelFiles

extension Search {
  /// One mixture of widths, measured before the formats around it are chosen.
  public struct Mixture: Sendable {
    public var widths: Widths
    /// Matrices of 16 bits.
    public var fine: [Widths.Block]
    /// Bytes of all constants.
    public var flash: Int
    /// dB over the held-back data, of the worst cell's hidden state, or of the output where that
    /// counts and is worse.
    public var sqnr: Double
    /// Of any hidden state, over the held-back data.
    public var largestError: Double
  }

  /// The mixtures that no other one beats in both flash and accuracy, the smallest first.
  ///
  /// Starts with int8 everywhere and widens one matrix at a time: always the one that brings the
  /// most dB a byte. Each matrix of each gate is rounded in both widths once, and every mixture
  /// that the path looks at is measured.
  ///
  /// - Parameter countsOutput: whether accuracy is that of the output too, not of the hidden states
  ///   alone.
  public func mixtures(countingOutput countsOutput: Bool) throws -> [Mixture] {
    let formats = WeightFormat.allCases.flatMap { input in
      WeightFormat.allCases.map { quantizer.allowed(Widths(input: input, recurrent: $0)) }
    }
    let method = split.suffices ? options.rounding : .nearest
    let choices = roundings(method, of: formats)
    var widths = quantizer.allowed(Widths(all: .int8))
    var current = try mixture(widths, choices, method, countsOutput)
    var seen = [current]
    let blocks = quantizer.network.blocks
    while true {
      let coarse = blocks.filter { widths[$0] == .int8 }
      // The path looks at every block once a step.
      let left = coarse.count * (coarse.count + 1)
      report("measuring widths", 1 - Double(left) / Double(blocks.count * (blocks.count + 1)))
      // A candidate's integers, and as they lie in memory.
      let size = 4 * current.flash
      let wider = try concurrentMap(coarse.count, ofSize: size) { [widths] index in
        var widened = widths
        widened.exceptions[coarse[index]] = .int16
        return try mixture(widened, choices, method, countsOutput)
      }
      func gain(_ mixture: Mixture) -> Double {
        (mixture.sqnr - current.sqnr) / Double(mixture.flash - current.flash)
      }
      guard let best = wider.max(by: { gain($0) < gain($1) }) else { break }
      seen += wider
      (current, widths) = (best, best.widths)
    }
    return Self.front(of: seen)
  }

  private func mixture(
    _ widths: Widths, _ choices: RoundingChoices, _ method: Rounder.Method,
    _ countsOutput: Bool
  ) throws -> Mixture {
    let rounded = choices.network(widths)
    var candidate = try Candidate(self, rounded, widths, method)
    if quantizer.allowsScalePerFeature(widths) {
      let inputs = InputFormat.uniform.map {
        InputFormat(headroom: $0.headroom, isPerFeature: true)
      }
      let other = try candidate.with(self, inputs: inputs)
      if other.trial.sqnrWithOutput > candidate.trial.sqnrWithOutput { candidate = other }
    }
    return Mixture(
      widths: widths, fine: quantizer.network.blocks.filter { widths[$0] == .int16 },
      flash: candidate.network.constantSize,
      sqnr: countsOutput ? candidate.trial.sqnrWithOutput : candidate.sqnr,
      largestError: candidate.trial.largestError)
  }

  /// dB that more flash must bring: less is noise.
  private static let leastGain = 0.5

  private static func front(of mixtures: [Mixture]) -> [Mixture] {
    var front: [Mixture] = []
    for mixture in mixtures.sorted(by: { ($0.flash, -$0.sqnr) < ($1.flash, -$1.sqnr) })
    where mixture.sqnr > (front.last?.sqnr ?? -.infinity) + leastGain { front.append(mixture) }
    return front
  }
}

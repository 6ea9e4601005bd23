import GRUQuantizer
import ModelFiles
import TestSupport
import Testing

@testable import GRUSearch

@Suite("Calibration split") struct CalibrationSplitTests {
  @Test("nothing is in both parts, and together they are all of it")
  func partition() {
    for count in [1, 3, 4, 9] {
      let sequences = (0..<count).map { index in
        Sequences.Sequence(
          values: (0..<50).map { Double(1_000 * index + $0) }, steps: 50)
      }
      let split = CalibrationSplit(
        Sequences(width: 1, sequences: sequences), limit: 10_000, redraws: false)
      let (fit, held) = (
        split.fit.sequences.flatMap(\.values), split.held.sequences.flatMap(\.values)
      )
      if count == 1 {
        #expect(!split.suffices)
        continue
      }
      #expect(split.suffices && Set(fit).isDisjoint(with: held))
      #expect((fit + held).sorted() == sequences.flatMap(\.values))
      #expect(held.count * 5 >= fit.count)
    }
  }

  @Test("redrawn sequences are pieces of their own part, each moved by little", arguments: [1, 8])
  func redraws(count: Int) {
    let noise = RandomNetworks.inputs(width: 2, steps: 2_000, seed: 1, range: 0.1)
    // The first feature tells the step, the second changes by much more than it may be moved by.
    let values = noise.sequences[0].values.enumerated().map { index, value in
      index % 2 == 0 ? Double(index / 2) : 10 * value
    }
    let steps = 2_000 / count
    let sequences = (0..<count).map {
      Sequences.Sequence(values: Array(values[2 * steps * $0..<2 * steps * ($0 + 1)]), steps: steps)
    }
    let data = Sequences(width: 2, sequences: sequences)
    let plain = CalibrationSplit(data, limit: 8_000, redraws: false)
    let split = CalibrationSplit(data, limit: 8_000)
    for (part, plain) in [(split.fit, plain.fit), (split.held, plain.held)] {
      #expect(part.steps == 4 * plain.steps)
      let sources = plain.sequences.count
      for (index, sequence) in part.sequences.enumerated() {
        guard index >= sources else {
          #expect(sequence.values == plain.sequences[index].values)
          continue
        }
        let source = plain.sequences[(index - sources) / 3]
        #expect(sequence.steps == source.steps && sequence.values.count == source.values.count)
        #expect(sequence.values != source.values)
        let second = (0..<source.steps).map { source.input(at: $0, width: 2)[1] }
        let differences = zip(second.dropFirst(), second).map(-)
        var joins = 0
        for step in 1..<sequence.steps {
          let (before, now) = (
            sequence.input(at: step - 1, width: 2), sequence.input(at: step, width: 2)
          )
          // Within a piece, differences are those of the source.
          guard abs(now[0] - before[0] - 1) < 1e-6 else {
            joins += 1
            continue
          }
          let difference = now[1] - before[1]
          #expect(differences.contains { abs($0 - difference) < 1e-9 })
        }
        #expect(joins <= 4 + sequence.steps / 128)
      }
    }
  }

  @Test("tokens are redrawn as they are; what fills the limit is not redrawn")
  func redrawnTokens() {
    let tokens = Sequences(
      width: 1, isTokens: true,
      sequences: [.init(values: (0..<400).map { Double($0 % 7) }, steps: 400)])
    let split = CalibrationSplit(tokens, limit: 900)
    #expect(split.fit.steps == 900 && split.held.steps == 400)
    #expect(
      split.fit.sequences.allSatisfy { $0.values.allSatisfy((0..<7).map(Double.init).contains) })
    #expect(CalibrationSplit(tokens, limit: 300).fit.steps <= 300)
  }

  @Test("longer data is thinned evenly, to about the limit")
  func thinning() {
    let data = RandomNetworks.inputs(width: 2, steps: 100_000, seed: 1)
    let split = CalibrationSplit(data, limit: 8_192)
    #expect((7_000...9_300).contains(split.fit.steps))
    #expect((3_500...5_200).contains(split.held.steps))
    let first = split.fit.sequences.first!.values, last = split.fit.sequences.last!.values
    let all = data.sequences[0].values
    #expect(all.starts(with: first))
    #expect(all.firstIndex(of: last.first!)! > 60_000 * 2)
  }
}

@Suite("Search") struct SearchTests {
  private func search(
    _ network: Network, _ data: Sequences, _ options: Search.Options = .init()
  ) throws -> Search {
    Search(
      try Quantizer(network, calibration: data, name: "t"), calibration: data, options: options)
  }

  @Test("rounds to the nearest where held-back data contradicts what the rest was fitted to")
  func contradiction() throws {
    var nearest = 0
    for seed in 0..<12 as Range<UInt64> {
      let network = RandomNetworks.network(inputs: 3, hidden: [6], seed: seed)
      let noise = RandomNetworks.inputs(width: 3, steps: 800, seed: 10, range: 0.01)
      let sequences = (0..<8).map { index in
        Sequences.Sequence(
          values: noise.sequences[0].values[300 * index..<300 * (index + 1)].map {
            $0 + (index % 4 == 3 ? -1 : 1)
          }, steps: 100)
      }
      let data = Sequences(width: 3, sequences: sequences)
      let (result, plain) = (
        try search(network, data).best(.init(all: .int8)),
        try search(network, data, .init(rounding: .nearest)).best(.init(all: .int8))
      )
      #expect(result.sqnr >= plain.sqnr)
      guard result.rounding == .nearest else { continue }
      nearest += 1
      #expect(result.network == plain.network)
    }
    #expect(nearest > 0)
  }

  @Test("passes are kept where held-back data gains by them, and only there")
  func passes() throws {
    var kept = 0
    for seed in 0..<12 as Range<UInt64> {
      let network = RandomNetworks.network(inputs: 3, hidden: [8], seed: seed)
      let data = RandomNetworks.inputs(width: 3, steps: 70 + 40 * Int(seed), seed: seed)
      let all = try search(network, data).best(.init(all: .int8))
      let judged = try search(network, data, .init(steps: .all.subtracting(.whole)))
        .best(.init(all: .int8))
      let without = try search(
        network, data, .init(steps: .all.subtracting([.passes, .whole]))
      ).best(.init(all: .int8))
      #expect(without.passes == 0)
      #expect(judged.passes > 0 ? judged.sqnr > without.sqnr : judged.sqnr == without.sqnr)
      #expect(all.sqnr == judged.sqnr)
      kept += judged.passes
    }
    #expect(kept > 0)
  }

  /// Eight sequences, of which the two that are held back are `shift` away from the others.
  private func shifted(by shift: Double) -> Sequences {
    let noise = RandomNetworks.inputs(width: 3, steps: 800, seed: 10, range: 0.5)
    return Sequences(
      width: 3,
      sequences: (0..<8).map { index in
        Sequences.Sequence(
          values: noise.sequences[0].values[300 * index..<300 * (index + 1)].map {
            $0 + (index % 4 == 3 ? shift : 0)
          }, steps: 100)
      })
  }

  @Test("a pass that held-back data contradicts is taken back, whatever it does for the rest")
  func passesTakenBack() throws {
    let steps: [RoundingSteps] = [.all.subtracting(.whole), .all.subtracting([.passes, .whole])]
    var takenBack = 0
    for seed in 0..<12 as Range<UInt64> {
      let network = RandomNetworks.network(inputs: 3, hidden: [2], seed: seed)
      for shift in [1.0, 2, 4] {
        let results = try steps.map {
          try search(network, shifted(by: shift), .init(steps: $0)).best(.init(all: .int8))
        }
        #expect(results[0].sqnr >= results[1].sqnr)
        guard results[0].rounding != .nearest, results[0].passes == 0 else { continue }
        takenBack += 1
        #expect(results[0].network == results[1].network)
      }
    }
    #expect(takenBack > 0)
  }

  @Test("redrawn data serves inputs with another offset than the calibration's")
  func otherOffset() throws {
    var gains: [Double] = []
    for seed in 0..<6 as Range<UInt64> {
      var network = RandomNetworks.network(inputs: 3, hidden: [8], seed: seed)
      network[gru: 0].bias.update = Array(repeating: 3, count: 8)
      func stream(_ seed: UInt64, offset: Double) -> Sequences {
        let noise = RandomNetworks.inputs(width: 3, steps: 600, seed: seed, range: 0.5)
        let values = noise.sequences[0].values.map { $0 + offset }
        return Sequences(width: 3, sequences: [.init(values: values, steps: 600)])
      }
      let unseen = FloatRun(of: network, over: stream(seed + 100, offset: -0.25))
      func sqnr(_ steps: RoundingSteps) throws -> Double {
        let result = try search(network, stream(seed, offset: 0.25), .init(steps: steps))
          .best(.init(all: .int8))
        return try Trial(result.network, over: unseen).sqnr
      }
      gains.append(try sqnr(.all) - sqnr(.all.subtracting(.redraws)))
    }
    #expect(gains.reduce(0, +) / 6 > 1, "\(gains)")
  }

  @Test("is fitted to as many steps as 48 MB hold, of which a unit takes 48 bytes in each")
  func memory() throws {
    let network = RandomNetworks.network(inputs: 1, hidden: [36, 36], seed: 1)
    let steps = try search(network, RandomNetworks.inputs(width: 1, steps: 40_000, seed: 2))
      .split.fit.steps
    #expect((0.9...1).contains(Double(steps * (48 * 72 + 18)) / 48e6))
  }

  @Test("makes the same integers every time")
  func deterministic() throws {
    let network = RandomNetworks.network(inputs: 3, hidden: [12], outputs: 2, seed: 1)
    let data = RandomNetworks.inputs(width: 3, steps: 600, seed: 2)
    let first = try search(network, data).best(.init(all: .int8)).network
    #expect(try search(network, data).best(.init(all: .int8)).network == first)
  }

  @Test("a unit that remembers for long gets a carry, one that forgets at once gets none")
  func carries() throws {
    for (updateBias, carry) in [(6.0, 8), (-6.0, 0)] {
      var network = RandomNetworks.network(inputs: 2, hidden: [4], seed: 3)
      network[gru: 0].bias.update = Array(repeating: updateBias, count: 4)
      let data = RandomNetworks.inputs(width: 2, steps: 600, seed: 4)
      let chosen = try search(network, data).best(.init(all: .int16)).network
      #expect(chosen.cells[0].carryBits == carry)
      let without = try search(network, data, .init(carry: false)).best(.init(all: .int16))
      #expect(without.network.cells[0].carryBits == 0)
      let with = try search(network, data, .init(carry: true)).best(.init(all: .int16))
      #expect(with.network.cells[0].carryBits == 8)
    }
  }

  @Test("ways of rounding are compared with the carries that each gets")
  func carriesBeforeComparison() throws {
    var differing = 0
    for seed in 0..<8 as Range<UInt64> {
      var network = RandomNetworks.network(inputs: 2, hidden: [4], seed: seed)
      network[gru: 0].bias.update = Array(repeating: 6, count: 4)
      // What errors do without carries drowns what the weights do.
      let data = RandomNetworks.inputs(width: 2, steps: 100, seed: seed)
      let steps = RoundingSteps.all.subtracting([.passes, .whole])
      func best(_ rounding: Rounder.Method, carry: Bool? = nil) throws -> Search.Result {
        var options = Search.Options(rounding: rounding, carry: carry)
        options.steps = steps
        return try search(network, data, options).best(.init(all: .int8))
      }
      let tuned = try best(.tuned)
      for simpler in [Rounder.Method.nearest, .compensated] {
        #expect(try tuned.sqnr >= best(simpler).sqnr, "seed \(seed), \(simpler)")
      }
      if try best(.tuned, carry: false).rounding != tuned.rounding { differing += 1 }
    }
    #expect(differing > 0)
  }

  @Test("features of unequal range: int16 rows let each have its scale, int8 rows cost headroom")
  func unequalFeatures() throws {
    var network = RandomNetworks.network(inputs: 2, hidden: [6], seed: 5)
    var layer = network[gru: 0]
    layer.input = layer.input.map { matrix in
      var matrix = matrix
      for index in matrix.values.indices where index % 2 == 0 { matrix.values[index] /= 4_000 }
      return matrix
    }
    network[gru: 0] = layer
    var data = RandomNetworks.inputs(width: 2, steps: 800, seed: 6)
    let values = data.sequences[0].values.enumerated().map {
      $0.offset % 2 == 0 ? 4_000 * $0.element : $0.element
    }
    data = Sequences(width: 2, sequences: [.init(values: values, steps: 800)])
    let fine = try search(network, data).best(.init(all: .int16))
    #expect(fine.input == InputFormat(headroom: 4, isPerFeature: true))
    let coarse = try search(network, data, .init(rounding: .nearest)).best(.init(all: .int8))
    #expect(!coarse.input.isPerFeature)
    #expect(fine.sqnr > coarse.sqnr + 20)
  }

  @Test("a handful of steps is rounded to the nearest")
  func fewSteps() throws {
    let network = RandomNetworks.network(inputs: 2, hidden: [4], seed: 7)
    let data = RandomNetworks.inputs(width: 2, steps: 20, seed: 8)
    #expect(try search(network, data).best(.init(all: .int8)).rounding == .nearest)
  }
}

import GRUQuantizer
import ModelFiles
import TestSupport
import Testing

@testable import GRUSearch

/// What `Search` promises of every network: it loses nothing to plain rounding.
@Suite("Never worse") struct NeverWorseTests {
  /// What rounding treats in ways of its own.
  enum Kind: String, CaseIterable, CustomTestStringConvertible {
    case cell = "one cell"
    case stack = "a stack with a dense layer between and after"
    case resetBefore = "reset before, a ReLU candidate"
    case tokens = "one-hot tokens"

    var testDescription: String { rawValue }

    func network(seed: UInt64) -> Network {
      switch self {
      case .cell: return RandomNetworks.network(inputs: 3, hidden: [6], seed: seed)
      case .stack:
        var network = RandomNetworks.network(inputs: 3, hidden: [6], outputs: 4, seed: seed)
        network.layers +=
          RandomNetworks.network(inputs: 4, hidden: [5], outputs: 2, seed: seed + 100).layers
        return network
      case .resetBefore:
        var network = RandomNetworks.network(
          inputs: 3, hidden: [7], seed: seed, weightRange: 0.4)
        var layer = network[gru: 0]
        (layer.reset, layer.candidate) = (.before, .relu)
        layer.recurrentBias = Array(repeating: 0, count: 7)
        network[gru: 0] = layer
        return network
      case .tokens:
        var network = RandomNetworks.network(inputs: 5, hidden: [6], outputs: 2, seed: seed)
        network.input = .tokens
        return network
      }
    }

    /// From what is barely enough to fit to, on.
    func data(seed: UInt64) -> Sequences {
      let steps = 64 + 60 * Int(seed)
      guard self == .tokens else {
        return RandomNetworks.inputs(width: 3, steps: steps, seed: seed)
      }
      let values = RandomNetworks.inputs(width: 1, steps: steps, seed: seed, range: 2.5)
        .sequences[0].values
      return Sequences(
        width: 1, isTokens: true,
        sequences: [.init(values: values.map { ($0 + 2.5).rounded(.down) }, steps: steps)])
    }
  }

  private static let mixed: Widths = {
    var widths = Widths(all: .int8)
    widths.exceptions[.init(layer: 0, part: .recurrentCandidate)] = .int16
    return widths
  }()

  @Test(
    "held-back data has no more error than after rounding to the nearest", arguments: Kind.allCases)
  func heldBack(kind: Kind) throws {
    for seed in 0..<6 as Range<UInt64> {
      let (network, data) = (kind.network(seed: seed), kind.data(seed: seed))
      let quantizer = try Quantizer(network, calibration: data, name: "t")
      let search = Search(quantizer, calibration: data)
      let plain = Search(quantizer, calibration: data, options: .init(rounding: .nearest))
      for widths in [
        Widths(all: .int8), Widths(input: .int8, recurrent: .int16),
        Widths(input: .int16, recurrent: .int8), Widths(all: .int16), Self.mixed,
      ] {
        let (tuned, nearest) = (try search.best(widths), try plain.best(widths))
        #expect(
          nearest.rounding == .nearest && tuned.network.constantSize == nearest.network.constantSize
        )
        #expect(tuned.sqnr >= nearest.sqnr, "seed \(seed), \(widths)")
        // What was then fitted to this data too may not lose either.
        #expect(try search.measure(tuned.network).sqnr >= tuned.sqnr, "seed \(seed), \(widths)")
      }
    }
  }

  /// Four sequences; the last, which is held back, is away from the others, which hardly move.
  private func sequences(lastShiftedBy shift: Double, seed: UInt64) -> Sequences {
    let noise = RandomNetworks.inputs(width: 3, steps: 160, seed: seed, range: 0.05)
    return Sequences(
      width: 3,
      sequences: (0..<4).map { index in
        Sequences.Sequence(
          values: noise.sequences[0].values[120 * index..<120 * (index + 1)].map {
            $0 + (index == 3 ? shift : 0)
          }, steps: 40)
      })
  }

  @Test("the output has no more error than with its dense layers rounded to the nearest")
  func outputs() throws {
    var stayed = 0
    for shift in [0.25, 0.5, 1, 2] {
      for seed in 0..<12 as Range<UInt64> {
        let network = RandomNetworks.network(inputs: 3, hidden: [3], outputs: 2, seed: seed)
        let data = sequences(lastShiftedBy: shift, seed: seed)
        let quantizer = try Quantizer(network, calibration: data, name: "t")
        let search = Search(quantizer, calibration: data)
        let plain = Search(quantizer, calibration: data, options: .init(rounding: .nearest))
        let result = try search.best(.init(all: .int8))
        guard result.rounding != .nearest else { continue }
        var nearest = result.network
        nearest.layers[1] = try plain.best(.init(all: .int8)).network.layers[1]
        let (chosen, other) = (try search.measure(result.network), try search.measure(nearest))
        #expect(chosen.sqnr == other.sqnr)
        #expect(chosen.outputSQNR >= other.outputSQNR, "shift \(shift), seed \(seed)")
        if result.network == nearest { stayed += 1 }
      }
    }
    #expect(stayed > 0)
  }
}

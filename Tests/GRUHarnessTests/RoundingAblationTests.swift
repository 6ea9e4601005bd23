import FloatGRU
import Foundation
import GRUHarness
import GRUQuantizer
import GRUSearch
import TestSupport
import Testing

/// What each step of the rounding brings.
@Suite("Rounding, step by step") struct RoundingAblationTests {
  private static let steps: [(name: String, left: RoundingSteps)] = [
    ("none", []), ("grids", .grids), ("scales", .scales), ("descent", .descent),
    ("biases", .biases), ("planes", .planes), ("redraws", .redraws), ("traces", .traces),
    ("headroom", .headroom), ("carries", .carries), ("passes", [.passes, .whole]),
    ("whole", .whole),
  ]

  /// Folders of networks, as `Tools/accuracy --ablation` asks for them.
  private static let asked =
    ProcessInfo.processInfo.environment["GRU_ABLATION"]?.split(separator: ":").map(String.init)

  /// dB of the hidden state, of the header that is made without these steps.
  private func sqnr(_ kit: Kit, _ widths: Widths, without left: RoundingSteps) throws -> Double {
    let options = Search.Options(steps: .all.subtracting(left))
    return try kit.comparison(widths, options: options).0.layers[0].hidden.sqnr!
  }

  @Test("SQNR without each step, printed as lines of JSON", .enabled(if: asked != nil))
  func table() throws {
    for folder in Self.asked! {
      let kit = try Kit(URL(fileURLWithPath: folder))
      var results: [String: Double] = [:]
      for (name, left) in Self.steps {
        results[name] = try sqnr(kit, .init(all: .int8), without: left)
      }
      // Nothing of int16 weights is fitted, but what lies around them is chosen.
      for (name, left) in Self.steps where [[], .headroom, .carries].contains(left) {
        results["int16, \(name)"] = try sqnr(kit, .init(all: .int16), without: left)
      }
      let line = try JSONEncoder().encode([folder: results])
      print("\nablation", String(decoding: line, as: UTF8.self))
    }
  }

  /// Folders of networks, as `Tools/accuracy --bound` asks for them.
  private static let bounded =
    ProcessInfo.processInfo.environment["GRU_BOUND"]?.split(separator: ":").map(String.init)

  @Test(
    "what int8 rounding can gain at most, printed as lines of JSON", .enabled(if: bounded != nil))
  func bounds() throws {
    for folder in Self.bounded! {
      let kit = try Kit(URL(fileURLWithPath: folder))
      let split = CalibrationSplit(kit.calibration, limit: 16_384, redraws: false)
      let run = TracedRecording(of: kit.network, over: split.fit)
      let gain = RoundingBound.gains(of: kit.network, run).compactMap { $0 }.min()
      print("\nbound", String(decoding: try JSONEncoder().encode([folder: gain]), as: UTF8.self))
    }
  }

  @Test("each step that can change the bundled network does")
  func change() throws {
    let kit = try Kit(Folders.japaneseVowels)
    let quantizer = try Quantizer(kit.network, calibration: kit.calibration, name: "trained")
    func network(without left: RoundingSteps) throws -> QuantizedNetwork {
      let options = Search.Options(steps: .all.subtracting(left))
      return try Search(quantizer, calibration: kit.calibration, options: options)
        .best(.init(all: .int8)).network
    }
    let all = try network(without: [])
    let rounding: [RoundingSteps] = [.scales, .descent, .biases, .planes, .traces]
    for left in rounding { #expect(try network(without: left) != all) }
    // The bundled rows lie on no grid.
    #expect(try network(without: .grids) == all)
  }
}

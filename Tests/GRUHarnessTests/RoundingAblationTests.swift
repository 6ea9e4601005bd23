import Foundation
import GRUHarness
import GRUQuantizer
import GRUSearch
import ModelFiles
import TestSupport
import Testing

/// What each step of the rounding brings.
@Suite("Rounding, step by step") struct RoundingAblationTests {
  private static let steps: [(name: String, left: RoundingSteps)] = [
    ("all", []),
    ("grids", .grids), ("descent", .descent), ("scales", .scales), ("biases", .biases),
    ("traces", .traces), ("headroom", .headroom), ("carries", .carries), ("passes", .passes),
  ]

  /// Folders with networks to measure, as `Tools/accuracy --ablation` asks for.
  private static let asked =
    ProcessInfo.processInfo.environment["GRU_ABLATION"]?.split(separator: ":").map(String.init)

  @Test("SQNR without each step", .enabled(if: asked != nil))
  func table() throws {
    for folder in Self.asked! {
      let kit = try Kit(URL(fileURLWithPath: folder))
      let results = try Self.steps.map { step in
        let start = Date()
        let s = try kit.comparison(options: .init(steps: .all.subtracting(step.left))).0.layers[0].hidden.sqnr!
        return "\(step.name) \(String(format: "%.2f", s)) (\(String(format: "%.1f", -start.timeIntervalSinceNow)))"
      }
      print("ablation", kit.folder.lastPathComponent, results.joined(separator: " "))
      fflush(nil)
    }
  }
}

import Foundation
import Synchronization

/// One line on the terminal that says what is done and how long it will take; nothing elsewhere.
final class ProgressLine: Sendable {
  private struct State {
    var stage = ""
    var start = Date()
    var isVisible = false
  }

  private let state = Mutex(State())
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let begin = Date()

  /// Work that is done before anyone would wonder needs no line.
  private static let patience = 0.5

  /// - Parameters:
  ///   - fraction: of the stage, 0 to 1.
  ///   - total: what the whole stage has to do, for a rate.
  ///   - unit: what that is counted in.
  func show(_ stage: String, _ fraction: Double, of total: Int = 0, _ unit: String = "") {
    guard isTerminal, Date().timeIntervalSince(begin) > Self.patience else { return }
    state.withLock { state in
      if stage != state.stage { (state.stage, state.start) = (stage, Date()) }
      let elapsed = Date().timeIntervalSince(state.start)
      let remaining =
        fraction > 0.02
        ? String(format: ", %.0f s left", elapsed / fraction * (1 - fraction)) : ""
      let rate =
        total > 0 && elapsed > 0
        ? String(format: ", %.0f ", fraction * Double(total) / elapsed) + "\(unit)/s" : ""
      let text = String(format: "%@ %3.0f %%", stage, 100 * fraction) + rate + remaining
      writeToStandardError("\r\(text)\u{1B}[K")
      state.isVisible = true
    }
  }

  /// Gives the line back.
  func clear() {
    state.withLock { state in
      if state.isVisible { writeToStandardError("\r\u{1B}[K") }
      state.isVisible = false
    }
  }
}

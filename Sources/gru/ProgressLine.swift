import Foundation
import Synchronization

/// One line on the terminal that says what is done and how long it will take; nothing elsewhere.
final class ProgressLine: Sendable {
  private struct State {
    var stage = ""
    var start = Date()
    var shown = Date.distantPast
    var isVisible = false
  }

  private let state = Mutex(State())
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let begin = Date()

  /// Work that is done before anyone would wonder needs no line.
  private static let patience = 0.5
  /// Between two lines, which nobody reads faster.
  private static let interval = 0.1

  /// - Parameters:
  ///   - fraction: of the stage, 0 to 1.
  ///   - total: what the whole stage has to do, for a rate.
  ///   - unit: what that is counted in.
  func show(_ stage: String, _ fraction: Double, of total: Int = 0, _ unit: String = "") {
    guard isTerminal else { return }
    state.withLock { state in
      let now = Date()
      // A stage begins when it is first heard of, whether or not that is shown.
      if stage != state.stage { (state.stage, state.start) = (stage, now) }
      guard now.timeIntervalSince(begin) > Self.patience,
        now.timeIntervalSince(state.shown) > Self.interval
      else { return }
      state.shown = now
      let elapsed = now.timeIntervalSince(state.start)
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

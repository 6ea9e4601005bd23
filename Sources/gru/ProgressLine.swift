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

  /// - Parameter fraction: of the stage, 0 to 1.
  func show(_ stage: String, _ fraction: Double) {
    guard isTerminal, Date().timeIntervalSince(begin) > Self.patience else { return }
    state.withLock { state in
      if stage != state.stage { (state.stage, state.start) = (stage, Date()) }
      let elapsed = Date().timeIntervalSince(state.start)
      let remaining =
        fraction > 0.02
        ? String(format: ", %.0f s left", elapsed / fraction * (1 - fraction)) : ""
      let text = String(format: "%@ %3.0f %%", stage, 100 * fraction) + remaining
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

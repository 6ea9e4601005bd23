import Foundation
import GRUReport

/// What only a terminal gets.
enum Terminal {
  /// Whether colour may be written: to a terminal that has it, unless `NO_COLOR` is set.
  static func hasColor(_ descriptor: Int32) -> Bool {
    let environment = ProcessInfo.processInfo.environment
    let isRefused = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    return isatty(descriptor) == 1 && !isRefused && environment["TERM"] != "dumb"
  }
}

extension Verdict {
  /// The line with its word in colour, where that is allowed.
  func line(for descriptor: Int32) -> String {
    guard Terminal.hasColor(descriptor) else { return line }
    return "\u{1B}[1;\(passes ? 32 : 31)m\(word)\u{1B}[0m: \(reason)"
  }
}

import Synchronization

/// Counts steps that are done on all cores, and tells what share of the work they are.
final class StepProgress: Sendable {
  private let total: Int
  private let done = Atomic(0)
  private let report: @Sendable (Double) -> Void

  /// Steps between two reports: far less than anyone notices, far more than a report costs.
  private static let interval = 64

  init(total: Int, _ report: @escaping @Sendable (Double) -> Void) {
    self.total = total
    self.report = report
  }

  /// One more step is done.
  func step() {
    let count = done.add(1, ordering: .relaxed).newValue
    if count % Self.interval == 0 { report(Double(count) / Double(total)) }
  }
}

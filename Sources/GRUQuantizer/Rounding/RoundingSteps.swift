/// What rounding and the search around it are made of, so that each step can be left out alone and
/// has to show what it brings (`Tools/accuracy --ablation`).
package struct RoundingSteps: OptionSet, Sendable {
  package let rawValue: Int

  package init(rawValue: Int) { self.rawValue = rawValue }

  /// Rows that lie on an integer grid keep it.
  package static let grids = Self(rawValue: 1 << 0)
  /// Rows are rounded on several scales, the best of which is kept.
  package static let scales = Self(rawValue: 1 << 1)
  /// Integers move one at a time after the nearest plane.
  package static let descent = Self(rawValue: 1 << 2)
  /// Biases make up for the weights.
  package static let biases = Self(rawValue: 1 << 3)
  /// Errors count by what they do to the state through time.
  package static let traces = Self(rawValue: 1 << 4)
  /// The input's headroom is chosen.
  package static let headroom = Self(rawValue: 1 << 5)
  /// Carries are kept where they pay.
  package static let carries = Self(rawValue: 1 << 6)
  /// Weights move after the runtime's own remaining errors.
  package static let passes = Self(rawValue: 1 << 7)
  /// Weights are rounded anew over all data, what was held back included.
  package static let whole = Self(rawValue: 1 << 8)
  /// Dense layers after the last cell keep the nearest integers where the output is closer so.
  package static let outputs = Self(rawValue: 1 << 9)
  /// Several ways of rounding a row's columns are followed.
  package static let planes = Self(rawValue: 1 << 10)

  /// Data is redrawn, which takes cells where the calibration doesn't.
  package static let redraws = Self(rawValue: 1 << 11)

  package static let all: Self = [
    .grids, .scales, .descent, .biases, .traces, .headroom, .carries, .passes, .whole, .outputs,
    .planes, .redraws,
  ]
}

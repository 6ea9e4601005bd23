import Foundation
import GRUHarness

/// Measures σ and tanh over every argument.
enum Tables: Command {
  static let name = "tables"
  static let summary = "measure the tables of sigmoid and tanh"
  static let examples = ["gru tables --check"]
  static let options = [
    Option(
      "--check", nil,
      "fail if an error reaches 0.55 (sigmoid) or 0.84 (tanh) units of 2^-15, or a knot differs")
  ]

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let check = TableCheck()
    print("\(tableSize) bytes of table; every pre-activation within ±16, in units of 2^-15:")
    print(String(format: "  sigmoid  largest error %.3f", check.sigmoidError))
    print(String(format: "  tanh     largest error %.3f", check.tanhError))
    print(
      "  monotone \(check.isMonotone), symmetric \(check.isSymmetric), knots as derived \(check.knotsMatch)"
    )
    return !arguments.has("--check") || check.pass ? .success : .limitExceeded
  }
}

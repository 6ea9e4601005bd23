import Foundation

/// The whole way on the bundled example.
enum Demo: Command {
  static let name = "demo"
  static let summary = "the whole way on the bundled speaker identification network"
  static let examples = ["gru demo"]

  static func run(_ arguments: Arguments) throws -> ExitCode {
    .success
  }
}

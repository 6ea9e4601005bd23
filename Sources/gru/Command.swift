import Foundation

/// A subcommand: what it is, what it takes, what it does.
protocol Command: SendableMetatype {
  static var name: String { get }
  static var summary: String { get }
  /// Command lines, the first part of help.
  static var examples: [String] { get }
  static var operands: [String] { get }
  static var options: [Option] { get }

  static func run(_ arguments: Arguments) throws -> ExitCode
}

extension Command {
  static var operands: [String] { [] }
  static var options: [Option] { [] }

  static var help: String {
    var lines = ["gru \(name): \(summary)", "", "examples:"]
    lines += examples.map { "  \($0)" }
    lines += [
      "",
      "usage: "
        + (["gru", name] + operands + (options.isEmpty ? [] : ["[options]"]))
        .joined(separator: " "),
    ]
    if !options.isEmpty {
      lines += ["", "options:"]
      for option in options {
        let form = ([option.name] + (option.value.map { [$0] } ?? [])).joined(separator: " ")
        lines.append("  \(aligned(form, 24)) \(option.help)")
      }
    }
    return lines.joined(separator: "\n")
  }
}

func aligned(_ text: String, _ width: Int) -> String {
  text.padding(toLength: max(width, text.count), withPad: " ", startingAt: 0)
}

import Foundation

/// A subcommand: what it is, what it takes, what it does.
protocol Command: SendableMetatype {
  static var name: String { get }
  static var summary: String { get }
  /// Command lines, the first part of help.
  static var examples: [String] { get }
  static var operands: [String] { get }
  /// What its operand can be, where that is one of a few words: shells complete them.
  static var operandChoices: [String] { get }
  static var options: [Option] { get }

  static func run(_ arguments: Arguments) throws -> ExitCode
}

extension Command {
  static var operands: [String] { [] }
  static var operandChoices: [String] { [] }
  static var options: [Option] { [] }

  /// The form of its command line.
  static var usage: String {
    (["gru", name] + operands + (options.isEmpty ? [] : ["[options]"])).joined(separator: " ")
  }

  static var help: String {
    var lines = ["gru \(name): \(summary)", "", "examples:"]
    lines += examples.map { "  \($0)" }
    lines += ["", "usage: \(usage)"]
    if !options.isEmpty {
      lines += ["", "options:"]
      for option in options {
        let form = ([option.name] + (option.value.map { [$0] } ?? [])).joined(separator: " ")
        let help = wrapped(option.help, to: 80 - 27)
        lines.append("  \(aligned(form, 24)) \(help[0])")
        lines += help.dropFirst().map { aligned("", 27) + $0 }
      }
    }
    return lines.joined(separator: "\n")
  }
}

func aligned(_ text: String, _ width: Int) -> String {
  text.padding(toLength: max(width, text.count), withPad: " ", startingAt: 0)
}

/// Lines of at most `width` characters, where words allow it; at least one.
func wrapped(_ text: String, to width: Int) -> [String] {
  text.split(separator: " ").reduce(into: [""]) { lines, word in
    if lines[lines.count - 1].isEmpty {
      lines[lines.count - 1] += word
    } else if lines[lines.count - 1].count + 1 + word.count <= width {
      lines[lines.count - 1] += " " + word
    } else {
      lines.append(String(word))
    }
  }
}

/// "1 layer", "2 layers".
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

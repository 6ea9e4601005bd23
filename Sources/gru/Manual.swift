/// The manual page, from what the commands say of themselves.
enum Manual: Command {
  static let name = "manual"
  static let summary = "the manual page, for man"
  static let examples = ["gru manual > gru.1"]

  static func run(_ arguments: Arguments) throws -> ExitCode {
    print(page)
    return .success
  }

  /// In the macros of man(7).
  private static var page: String {
    var lines = [
      ".TH GRU 1 \"\" \"gru \(version)\" \"User Commands\"",
      ".SH NAME", "gru \\- \(escaped(Tool.summary))",
      ".SH SYNOPSIS", ".B gru", ".I COMMAND", "[options]",
      ".SH COMMANDS",
    ]
    for command in Tool.commands {
      lines += [".SS \(escaped(command.usage))", escaped(sentence(command.summary))]
      for option in command.options {
        let value = option.value.map { " \\fI\(escaped($0))\\fR" } ?? ""
        lines += [".TP", "\\fB\(escaped(option.name))\\fR\(value)", escaped(option.help)]
      }
      lines += [".PP", "Examples:", ".nf"] + command.examples.map { escaped("  \($0)") } + [".fi"]
    }
    lines += [".SH EXIT STATUS"]
    for code in ExitCode.allCases {
      lines += [".TP", ".B \(code.rawValue)", escaped(code.meaning)]
    }
    lines += [
      ".SH ENVIRONMENT", ".TP", ".B NO_COLOR", "No colour, on a terminal either.",
    ]
    return lines.joined(separator: "\n")
  }

  /// With the characters that troff would take for its own.
  private static func escaped(_ text: String) -> String {
    let text = text.reduce(into: "") { result, character in
      switch character {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      default: result.append(character)
      }
    }
    return text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" + text : text
  }

  private static func sentence(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst() + "."
  }
}

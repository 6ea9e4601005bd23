/// Scripts by which shells complete the tool's commands, options and their words.
enum Completions: Command {
  static let name = "completions"
  static let summary = "a script that completes commands and options in your shell"
  static let examples = [
    "gru completions bash > gru.bash",
    "gru completions zsh > _gru",
    "gru completions fish > gru.fish",
  ]
  static let operands = ["bash|zsh|fish"]
  static let operandChoices = ["bash", "zsh", "fish"]

  static func run(_ arguments: Arguments) throws -> ExitCode {
    switch arguments.operands[0] {
    case "bash": print(bash)
    case "zsh": print(zsh)
    case "fish": print(fish)
    case let other:
      throw Failure.usage("the shell is '\(other)', expected bash, zsh or fish")
    }
    return .success
  }
}

// MARK: The three shells

extension Completions {
  /// Sourced by `.bashrc`.
  private static var bash: String {
    var lines = [
      "_gru() {",
      "  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words=",
      "  if [ $COMP_CWORD = 1 ]; then",
      "    words='\((Tool.commands.map { $0.name } + ["help"]).joined(separator: " "))'",
      "  else",
      "    case ${COMP_WORDS[1]} in",
      "      help) words='\(Tool.commands.map { $0.name }.joined(separator: " "))' ;;",
    ]
    for command in Tool.commands {
      lines.append("      \(command.name)) case $previous in")
      for option in command.options where !option.choices.isEmpty {
        lines.append(
          "        \(option.name)) words='\(option.choices.joined(separator: " "))' ;;")
      }
      let names = (command.options.map(\.name) + ["--help"]).joined(separator: " ")
      let operands = command.operandChoices.joined(separator: " ")
      lines += [
        "        *) case $word in -*) words='\(names)' ;; *) words='\(operands)' ;; esac ;;",
        "      esac ;;",
      ]
    }
    lines += [
      "    esac",
      "  fi",
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))",
      "}",
      "complete -o default -F _gru gru",
    ]
    return lines.joined(separator: "\n")
  }

  /// A file `_gru` in a folder of `$fpath`.
  private static var zsh: String {
    var lines = [
      "#compdef gru",
      "local -a commands=(",
    ]
    lines += Tool.commands.map { "  \(quoted("\($0.name):\($0.summary)"))" }
    lines += [
      ")",
      "if (( CURRENT == 2 )); then",
      "  _describe command commands",
      "  return",
      "fi",
      "shift words",
      "(( CURRENT-- ))",
      "case $words[1] in",
      "  help) _describe command commands ;;",
    ]
    for command in Tool.commands {
      let operands = command.operandChoices
      let operand = operands.isEmpty ? "_files" : "(\(operands.joined(separator: " ")))"
      lines.append("  \(command.name)) _arguments '1: :\(operand)' \\")
      for option in command.options {
        let action =
          option.choices.isEmpty ? "_files" : "(\(option.choices.joined(separator: " ")))"
        let value = option.value.map { ":\($0):\(action)" } ?? ""
        // These end the text in an argument of _arguments.
        let help = option.help.filter { !":[]".contains($0) }
        lines.append("    \(quoted("\(option.name)[\(help)]\(value)")) \\")
      }
      lines.append("    '*: :_files' ;;")
    }
    return (lines + ["esac"]).joined(separator: "\n")
  }

  /// A file in `~/.config/fish/completions`.
  private static var fish: String {
    var lines: [String] = []
    for command in Tool.commands {
      if !command.operandChoices.isEmpty {
        lines.append(
          "complete -c gru -n '__fish_seen_subcommand_from \(command.name)' -f "
            + "-a \(quoted(command.operandChoices.joined(separator: " ")))")
      }
      lines.append(
        "complete -c gru -n __fish_use_subcommand -f -a \(command.name) "
          + "-d \(quoted(command.summary))")
      for option in command.options {
        let form =
          option.name.hasPrefix("--")
          ? "-l \(option.name.dropFirst(2))" : "-s \(option.name.dropFirst())"
        var line = "complete -c gru -n '__fish_seen_subcommand_from \(command.name)' \(form)"
        if option.value != nil { line += option.choices.isEmpty ? " -r" : " -x" }
        if !option.choices.isEmpty {
          line += " -a \(quoted(option.choices.joined(separator: " ")))"
        }
        lines.append(line + " -d \(quoted(option.help))")
      }
    }
    lines.append("complete -c gru -n __fish_use_subcommand -f -a help -d 'what a command takes'")
    let names = Tool.commands.map { $0.name }.joined(separator: " ")
    lines.append("complete -c gru -n '__fish_seen_subcommand_from help' -f -a '\(names)'")
    return lines.joined(separator: "\n")
  }

  /// A word between single quotes, which shells take as it is.
  private static func quoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
      + "'"
  }
}

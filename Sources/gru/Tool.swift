import CGRU
import Foundation
import ModelFiles

/// The version that headers carry in their first line.
let version = GRU_VERSION_STRING

/// The command line as a whole: finds the command, and turns errors into messages and exit codes.
enum Tool {
  static let summary = "trained GRU networks on microcontrollers, in fixed point"

  static let commands: [any Command.Type] = [
    Demo.self, Inspect.self, Quantize.self, Validate.self, Check.self, Run.self, Vectors.self,
    Live.self, Bench.self, Tables.self, Schema.self, Doctor.self, Completions.self, Manual.self,
  ]

  static func perform(_ words: [String]) -> ExitCode {
    do {
      guard let word = words.first, !["--help", "-h"].contains(word), words != ["help"] else {
        print(overview)
        return words.isEmpty ? .usage : .success
      }
      // `gru help COMMAND` and `gru COMMAND --help` are the same.
      if word == "help", words.count == 2 { return perform([words[1], "--help"]) }
      if word == "--version" {
        print("gru \(version)")
        return .success
      }
      guard let command = commands.first(where: { $0.name == word }) else {
        let nearest = nearest(to: word, among: commands.map { $0.name })
        throw Failure.usage(
          "unknown command '\(word)'",
          hint: nearest.map { "did you mean '\($0)'?" } ?? "gru --help lists them")
      }
      let rest = Array(words.dropFirst())
      if rest.contains("--help") || rest.contains("-h") {
        print(command.help)
        return .success
      }
      return try command.run(
        Arguments(rest, options: command.options, operands: command.operands))
    } catch {
      let failure =
        switch error {
        case let failure as Failure: failure
        case let error as InputError: Failure(error)
        default: Failure(code: .internalError, text: "error: \(error)")
        }
      complain(failure.text)
      return failure.code
    }
  }

  private static var overview: String {
    var lines = [
      "gru \(version): \(summary)", "", "examples:",
      "  gru demo",
      "  gru quantize model.safetensors --calibration calibration.npy -o kws_model.h",
      "  gru validate model.safetensors --header kws_model.h --inputs inputs.npy", "", "commands:",
    ]
    lines += commands.map { "  \(aligned($0.name, 12)) \($0.summary)" }
    lines += ["", "gru help COMMAND says more, with examples."]
    return lines.joined(separator: "\n")
  }
}

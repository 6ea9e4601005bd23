import Foundation
import GRUHarness
import GRUQuantizer
import GRUReport
import ModelFiles

/// For continuous integration: whether a header still belongs to its model, and keeps its limits.
enum Check: Command {
  static let name = "check"
  static let summary = "fail if a header is stale against its model, or exceeds a limit"
  static let examples = [
    "gru check model.safetensors --header kws_model.h",
    "gru check model.safetensors --header kws_model.h --inputs inputs.npy --min-sqnr 45",
  ]
  static let operands = ["MODEL"]
  static let options =
    [Option("--data", "FOLDER", "where the other files it was made from are (default: MODEL's)")]
    + Validate.options

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let model = arguments.operands[0]
    let header = try arguments.required("--header")
    let limits = ["--max-error", "--min-sqnr", "--min-agreement"]
    if arguments["--inputs"] == nil, let limit = limits.first(where: { arguments[$0] != nil }) {
      throw Failure.usage("option '\(limit)' needs --inputs, to be measured over")
    }
    let file = try InputFile(path: header)
    _ = try QuantizedNetwork(header: file)
    guard let provenance = Provenance(header: String(decoding: file.bytes, as: UTF8.self)) else {
      throw file.error("its comment doesn't say what it was made from")
    }
    let folder = URL(fileURLWithPath: arguments["--data"] ?? model)
    let data = arguments["--data"] == nil ? folder.deletingLastPathComponent() : folder

    let states = try provenance.inputs.map { input in
      let path =
        input.role == "model" ? model : data.appendingPathComponent(input.file).relativePath
      return (input, state: try state(of: path, input))
    }
    if !arguments.has("--json"), !arguments.has("--quiet") {
      print("\(baseName(header)), by gru \(provenance.version)")
      for (input, state) in states {
        print("  \(aligned(input.role, 12)) \(aligned(input.file, 24)) \(state.rawValue)")
      }
    }
    let stale = states.filter { $0.state == .changed }.map(\.0.file)
    guard stale.isEmpty else {
      let verdict = Verdict(
        passes: false, reason: "\(header) is stale: \(stale.joined(separator: ", ")) changed")
      complain(verdict.line(for: STDERR_FILENO))
      complain("hint: \(provenance.command)")
      return .limitExceeded
    }
    return arguments["--inputs"] == nil ? .success : try Validate.run(arguments)
  }

  private enum State: String {
    case unchanged
    case changed
    case absent = "not found, not compared"
  }

  private static func state(of path: String, _ input: Provenance.Input) throws -> State {
    // The model itself must be there.
    guard input.role == "model" || FileManager.default.fileExists(atPath: path) else {
      return .absent
    }
    return try digest(path) == input.sha256 ? .unchanged : .changed
  }
}

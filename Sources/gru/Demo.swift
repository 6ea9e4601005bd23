import Foundation
import GRUHarness
import ModelFiles

/// The whole way on a bundled example: quantize, emit, validate, and step on an emulated
/// Cortex-M4.
enum Demo: Command {
  static let name = "demo"
  static let summary = "the whole way on a bundled network: \(Example.names)"
  static let examples = ["gru demo", "gru demo activity"]
  static let operands = ["[NAME]"]
  static let operandChoices = Example.all.map(\.name)

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let example = try example(named: arguments.operands.first)
    guard FileManager.default.changeCurrentDirectoryPath(try Checkout.folder()) else {
      throw Failure(code: .noInput, text: "error: the project's folder cannot be entered")
    }
    try FileManager.default.createDirectory(
      atPath: Example.output, withIntermediateDirectories: true)
    print("\(example.claim)\n")
    for command in example.commands {
      print("$ gru " + command.joined(separator: " "))
      let code = Tool.perform(command)
      guard code == .success else { return code }
      print("")
    }
    switch example.device {
    case .replay: try replay(example)
    case .live: try play(example)
    }
    return .success
  }

  private static func example(named name: String?) throws -> Example {
    guard let name else { return Example.all[0] }
    if let example = Example.all.first(where: { $0.name == name }) { return example }
    throw Failure.usage(
      "unknown example '\(name)', expected \(Example.names)",
      hint: nearest(to: name, among: Example.all.map(\.name)).map { "did you mean '\($0)'?" })
  }

  /// The device itself compares each step with the vectors.
  private static func replay(_ example: Example) throws {
    guard Emulator.isInstalled else { return print(Emulator.absence) }
    guard try Emulator.run("Firmware/run", [example.header, example.deviceHeader]) != nil else {
      throw Failure(
        code: .internalError, text: "error: the device did not compute what the host computed")
    }
    print("The Cortex-M4 computed every hidden state and output as the host did, to the bit.")
  }

  /// What the device prints is compared with what the host prints.
  private static func play(_ example: Example) throws {
    guard Emulator.isInstalled else {
      print("$ gru " + example.live.joined(separator: " "))
      _ = Tool.perform(example.live)
      return print(Emulator.absence)
    }
    guard let printed = try Emulator.run("Firmware/live", [example.header, example.deviceHeader])
    else {
      throw Failure(code: .internalError, text: "error: the device did not play the recording")
    }
    let arguments = try Arguments(
      Array(example.live.dropFirst()), options: Live.options, operands: Live.operands)
    let expected = lines(try Live.recording(arguments).text())
    let found = lines(printed)
    if let different = expected.indices.first(where: {
      $0 >= found.count || found[$0] != expected[$0]
    }) {
      throw Failure(
        code: .internalError,
        text: "error: the device's line \(different + 1) differs, the host prints:\n"
          + expected[different])
    }
    print("The Cortex-M4 printed \(expected.count) lines as the host does, and what a step costs.")
  }

  private static func lines(_ text: String) -> [Substring] {
    // After the last line feed there is nothing.
    text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
  }
}

import Foundation
import GRUHarness
import GRUQuantizer
import ModelFiles

/// The whole way on the bundled example: quantize, emit, validate, and step on an emulated
/// Cortex-M4.
enum Demo: Command {
  static let name = "demo"
  static let summary = "the whole way on the bundled speaker identification network"
  static let examples = ["gru demo"]

  /// Steps that the emulated device replays.
  private static let replayedSteps = 1_000
  private static let example = "Tools/examples/japanese_vowels"
  private static let board = "qemu-mps2-an386"

  static func run(_ arguments: Arguments) throws -> ExitCode {
    guard FileManager.default.changeCurrentDirectoryPath(try Checkout.folder()) else {
      throw Failure(code: .noInput, text: "error: the project's folder cannot be entered")
    }
    let output = ".build/demo"
    try FileManager.default.createDirectory(
      atPath: output, withIntermediateDirectories: true)
    func data(_ name: String) -> String { "\(example)/\(name)" }
    let model = data("model.safetensors")
    let header = "\(output)/japanese_vowels_model.h"
    let vectors = "\(output)/japanese_vowels_vectors.h"

    print("A GRU with 32 units tells nine speakers by how they say two vowels.\n")
    let commands = [
      ["inspect", model],
      [
        "quantize", model, "--calibration", data("calibration.npy"), "--lengths",
        data("calibration_lengths.npy"), "-o", header,
      ],
      [
        "validate", model, "--header", header, "--inputs", data("inputs.npy"), "--lengths",
        data("lengths.npy"), "--labels", data("labels.npy"), "--expect-hidden",
        data("hidden.npy"), "--expect-output", data("outputs.npy"),
      ],
      [
        "vectors", header, "--inputs", data("inputs.npy"), "--lengths", data("lengths.npy"),
        "--steps", String(replayedSteps), "-o", vectors,
      ],
    ]
    for command in commands {
      print("$ gru " + command.joined(separator: " "))
      let code = Tool.perform(command)
      guard code == .success else { return code }
      print("")
    }
    return try replay(header, vectors)
  }

  /// Builds the firmware and runs it, where the emulator is installed.
  private static func replay(_ header: String, _ vectors: String) throws -> ExitCode {
    guard Programs.path(of: "qemu-system-arm") != nil else {
      print("qemu-system-arm is not installed: the emulated Cortex-M4 is left out.")
      print("With Debian's package qemu-system-arm, gru demo replays the vectors on it.")
      return .success
    }
    let command = ["Firmware/run", board, header, vectors]
    print("$ " + command.joined(separator: " "))
    fflush(nil)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: command[0])
    process.arguments = Array(command.dropFirst())
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure(
        code: .internalError, text: "error: the device did not compute what the host computed")
    }
    print("The Cortex-M4 computed every hidden state and output as the host did, to the bit.")
    return .success
  }
}

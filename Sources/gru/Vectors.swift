import Foundation
import GRUHarness
import GRUQuantizer
import ModelFiles

/// Writes golden vectors for a device to replay.
enum Vectors: Command {
  static let name = "vectors"
  static let summary = "golden vectors that a device replays"
  static let examples = [
    "gru vectors kws_model.h --inputs inputs.npy --steps 64 -o kws_vectors.h"
  ]
  static let operands = ["HEADER"]
  static let options = [
    Option("--inputs", "X.npy", "inputs: (T, I) or (N, T, I)"),
    Option("--lengths", "L.npy", "steps of each sequence"),
    Option("--steps", "COUNT", "time steps to record (default 64)"),
    Option("-o", "OUT.h", "the header to write"),
  ]

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let inputsPath = try arguments.required("--inputs")
    let output = try arguments.required("-o")
    let steps = try arguments.count("--steps") ?? 64
    try OutputFile.check(output, isNoneOf: arguments.paths("--inputs", "--lengths"))
    let network = try QuantizedNetwork(header: arguments.operands[0])
    let inputs = try Sequences(
      path: inputsPath, lengths: arguments["--lengths"],
      for: .init(tokens: network.readsTokens, size: network.inputSize))
    guard inputs.steps >= steps else {
      throw InputError(inputsPath, "has \(inputs.steps) steps, expected at least \(steps)")
    }
    try FlashData.check(
      steps: steps, numbersPerStep: GoldenVectors.numbersPerStep(of: network), of: inputsPath)
    let vectors = try GoldenVectors(network, data: inputs, steps: steps)
    try OutputFile.write(vectors.header, to: output)
    print(
      "wrote \(output): \(vectors.steps) steps, trajectory CRC-32 "
        + String(format: "%08X", vectors.trajectoryChecksum))
    return .success
  }
}

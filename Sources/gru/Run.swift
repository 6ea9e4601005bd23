import Foundation
import GRUHarness
import GRUQuantizer
import ModelFiles

/// Runs a header's network over inputs.
enum Run: Command {
  static let name = "run"
  static let summary = "hidden states of a header's network, in fixed point"
  static let examples = ["gru run kws_model.h --inputs inputs.npy -o hidden.npy"]
  static let operands = ["HEADER"]
  static let options = [
    Option("--inputs", "X.npy", "inputs: (T, I) or (N, T, I)"),
    Option("--lengths", "L.npy", "steps of each sequence"),
    Option("-o", "H.npy", "hidden states of the last cell: (T, H) or (N, T, H)"),
  ]

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let inputsPath = try arguments.required("--inputs")
    let output = try arguments.required("-o")
    try OutputFile.check(output, isNoneOf: arguments.paths("--inputs", "--lengths"))
    let network = try QuantizedNetwork(header: arguments.operands[0])
    let inputs = try Sequences(
      path: inputsPath, lengths: arguments["--lengths"],
      for: .init(tokens: network.readsTokens, size: network.inputSize))
    guard let cell = network.layers.lastIndex(where: { $0.cell != nil }) else {
      throw InputError(arguments.operands[0], "has no GRU layer")
    }
    let width = network.layers[cell].outputSize
    let scale = network.layers[cell].cell!.stateScale
    let count = inputs.sequences.count
    let longest = inputs.sequences.map(\.steps).max() ?? 0
    let padding = Data(count: 4 * width)
    let instance = try RuntimeInstance(RuntimeModel(network))
    try OutputFile.write(to: output) { file in
      try file.append(NPY.float32Header(shape: (count == 1 ? [] : [count]) + [longest, width]))
      for sequence in inputs.sequences {
        instance.reset()
        for step in 0..<sequence.steps {
          let input = sequence.input(at: step, width: inputs.width)
          _ = try instance.step(network.rawInput(input).raw)
          let hidden = instance.hidden(ofLayer: cell).map { Double($0) * scale }
          try file.append(NPY.float32Elements(hidden))
        }
        for _ in sequence.steps..<longest { try file.append(padding) }
      }
    }
    print("wrote \(output): \(inputs.steps) steps of \(width) hidden states")
    return .success
  }
}

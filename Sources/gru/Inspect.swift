import Foundation
import GRUHarness
import GRUQuantizer
import ModelFiles

/// Shows what a model file holds and how it is understood.
enum Inspect: Command {
  static let name = "inspect"
  static let summary = "what is in a trained model"
  static let examples = [
    "gru inspect model.safetensors",
    "gru inspect model.safetensors --inputs inputs.npy --expect-hidden hidden.npy",
  ]
  static let operands = ["MODEL"]
  static let options = [
    Option("--network", "N.json", "which tensors form which layers"),
    Option("--inputs", "X.npy", "inputs of a sequence whose hidden states are known"),
    Option("--lengths", "L.npy", "steps of each sequence"),
    Option("--expect-hidden", "H.npy", "the hidden states that the last GRU should have"),
  ]

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let path = arguments.operands[0]
    let file = try TensorFile(path: path)
    print("\(file.tensors.count) tensors")
    for tensor in file.tensors { print("  \(describe(tensor))") }
    let description = try NetworkDescription(of: file, at: path, given: arguments["--network"])
    let network = try Network(file, description: description)
    let input = network.readsTokens ? "tokens" : "inputs"
    print(
      "\(network.layers.count) layers, \(network.inputSize) \(input), \(network.outputSize) outputs"
    )
    let layouts = try description.layouts(in: file)
    for layer in network.layers { print("  \(describe(layer, layouts))") }
    do throws(QuantizationError) {
      try Quantizer.checkSupport(of: network)
    } catch {
      print("refused: \(error.message)")
    }
    guard let inputsPath = arguments["--inputs"], let hiddenPath = arguments["--expect-hidden"]
    else { return .success }
    let inputs = try Sequences(path: inputsPath, lengths: arguments["--lengths"])
    try inputs.require(tokens: network.readsTokens, size: network.inputSize, inputsPath)
    let check = try SelfCheck(
      file, description, inputs: inputs, expected: NPY(path: hiddenPath), hiddenPath)
    print(check.summary)
    return check.matchesAsRead ? .success : .limitExceeded
  }

  private static func describe(_ tensor: Tensor) -> String {
    let range = tensor.values.reduce(into: (low: Double.infinity, high: -Double.infinity)) {
      $0 = (min($0.low, $1), max($0.high, $1))
    }
    let shape = "(" + tensor.shape.map(String.init).joined(separator: ", ") + ")"
    return "\(aligned(tensor.name, 28)) \(aligned(tensor.dtype, 5)) \(aligned(shape, 12)) "
      + String(format: "%9.4f to %8.4f", range.low, range.high)
  }

  private static func describe(_ layer: Layer, _ layouts: [String: Layout]) -> String {
    let sizes = "\(aligned(layer.name, 12)) \(layer.inputSize) -> \(layer.outputSize)"
    switch layer {
    case .embedding: return "embedding  \(sizes)"
    case .gru(let gru):
      let layout = layouts.first { gru.name == $0.key || gru.name.hasPrefix($0.key + "_l") }?.value
      let stored = layout.map { "\($0.rawValue) layout, gates \($0.order); " } ?? ""
      return "gru        \(sizes)\n             \(stored)reset \(gru.reset), "
        + "z keeps, \(gru.candidate) candidate"
    case .dense(let dense): return "dense      \(sizes), activation \(dense.activation)"
    }
  }
}

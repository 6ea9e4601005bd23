import Foundation
import GRUHarness
import GRUQuantizer
import GRUReport
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
    Option("--quiet", nil, "print the verdict alone"),
  ]

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let path = arguments.operands[0]
    let file = try TensorFile(path: path)
    let isQuiet = arguments.has("--quiet")
    if !isQuiet { printTensors(file.tensors) }
    let description = try NetworkDescription(of: file, at: path, given: arguments["--network"])
    let network = try Network(file, description: description)
    if !isQuiet { printLayers(network, try description.layouts(in: file)) }
    let (code, verdict) = try judge(file, description, network, arguments)
    print(verdict.line(for: STDOUT_FILENO))
    return code
  }

  /// Whether the network can be quantized, and has the hidden states that the user expects.
  private static func judge(
    _ file: TensorFile, _ description: NetworkDescription, _ network: Network,
    _ arguments: Arguments
  ) throws -> (ExitCode, Verdict) {
    do throws(QuantizationError) {
      try Quantizer.checkSupport(of: network)
    } catch {
      return (.success, Verdict(passes: false, reason: "gru quantize refuses it: \(error.message)"))
    }
    guard let inputsPath = arguments["--inputs"], let hiddenPath = arguments["--expect-hidden"]
    else { return (.success, Verdict(passes: true, reason: "gru quantize takes this network")) }
    let inputs = try Sequences(
      path: inputsPath, lengths: arguments["--lengths"],
      for: .init(tokens: network.readsTokens, size: network.inputSize))
    let check = try SelfCheck(
      file, description, inputs: inputs, expected: NPY(path: hiddenPath), hiddenPath)
    if !check.readings.isEmpty, !arguments.has("--quiet") { print(check.readings) }
    return (
      check.matchesAsRead ? .success : .limitExceeded,
      Verdict(passes: check.matchesAsRead, reason: check.summary)
    )
  }

  private static func printTensors(_ tensors: [Tensor]) {
    print(counted(tensors.count, "tensor"))
    let rows = tensors.map { tensor in
      let range = tensor.values.reduce(into: (low: Double.infinity, high: -Double.infinity)) {
        $0 = (min($0.low, $1), max($0.high, $1))
      }
      return [
        tensor.name, tensor.dtype,
        "(" + tensor.shape.map(String.init).joined(separator: ", ") + ")",
        String(format: "%.4f", range.low), "to", String(format: "%.4f", range.high),
      ]
    }
    print(TextTable(rows: rows, words: [1, 2]).lines.joined(separator: "\n"))
  }

  private static func printLayers(_ network: Network, _ layouts: [String: Layout]) {
    let sizes = [
      counted(network.layers.count, "layer"),
      counted(network.inputSize, network.readsTokens ? "token" : "input"),
      counted(network.outputSize, "output"),
    ]
    print(sizes.joined(separator: ", "))
    for layer in network.layers { print("  \(describe(layer, layouts))") }
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

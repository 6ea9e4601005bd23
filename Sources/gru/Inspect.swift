import Foundation
import GRUQuantizer
import ModelFiles

/// Shows what a model file holds and how it is understood.
enum Inspect: Command {
  static let name = "inspect"
  static let summary = "what is in a trained model"
  static let examples = ["gru inspect model.safetensors"]
  static let operands = ["MODEL"]
  static let options = [
    Option("--network", "N.json", "which tensors form which layers")
  ]

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let path = arguments.operands[0]
    let file = try Safetensors(path: path)
    print("\(file.tensors.count) tensors")
    for tensor in file.tensors {
      let range = tensor.values.reduce(into: (low: Double.infinity, high: -Double.infinity)) {
        $0 = (min($0.low, $1), max($0.high, $1))
      }
      let shape = "(" + tensor.shape.map(String.init).joined(separator: ", ") + ")"
      print(
        "  \(aligned(tensor.name, 28)) \(aligned(tensor.dtype, 5)) \(aligned(shape, 12)) "
          + String(format: "%9.4f to %8.4f", range.low, range.high))
    }
    let network = try Network(model: path, description: arguments["--network"])
    print(
      "\(network.layers.count) layers, \(network.inputSize) inputs, \(network.outputSize) outputs")
    for layer in network.layers { print("  \(describe(layer))") }
    do throws(QuantizationError) {
      try Quantizer.checkSupport(of: network)
    } catch {
      print("refused: \(error.message)")
    }
    return .success
  }

  private static func describe(_ layer: Layer) -> String {
    let sizes = "\(aligned(layer.name, 20)) \(layer.inputSize) -> \(layer.outputSize)"
    return switch layer {
    case .gru(let gru):
      "gru    \(sizes), PyTorch order r, z, n; reset \(gru.reset), z keeps, \(gru.candidate) candidate"
    case .dense(let dense):
      "dense  \(sizes), activation \(dense.activation)"
    }
  }
}

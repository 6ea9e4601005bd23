import Foundation

extension Network {
  /// Reads a trained network.
  ///
  /// - Parameters:
  ///   - model: a safetensors file with PyTorch's names.
  ///   - description: `network.json`; without one, the file of that name beside the model, then
  ///     the string `network` in the file's metadata, then what the tensor names alone tell.
  public init(model path: String, description: String? = nil) throws(InputError) {
    let tensors = try Safetensors(path: path)
    try self.init(tensors, description: Self.description(of: tensors, at: path, given: description))
  }

  /// Builds the layers that a description names, and checks that they form a chain.
  public init(_ tensors: Safetensors, description: NetworkDescription) throws(InputError) {
    let layout = PyTorchLayout(tensors)
    layers = []
    for layer in description.layers {
      switch layer {
      case .gru(let prefix, let reset, let candidate):
        layers += try layout.stack(prefix, reset: reset, candidate: candidate).map(Layer.gru)
      case .dense(let prefix, let activation):
        layers.append(.dense(try layout.dense(prefix, activation: activation)))
      }
    }
    for (below, above) in zip(layers, layers.dropFirst()) where below.outputSize != above.inputSize
    {
      throw tensors.file.error(
        "layer '\(above.name)' reads \(above.inputSize) values, "
          + "expected the \(below.outputSize) of '\(below.name)' before it")
    }
  }

  private static func description(
    of tensors: Safetensors, at path: String, given: String?
  ) throws(InputError) -> NetworkDescription {
    if let given { return try NetworkDescription(path: given) }
    let beside = URL(fileURLWithPath: path).deletingLastPathComponent()
      .appendingPathComponent("network.json").path
    if FileManager.default.fileExists(atPath: beside) {
      return try NetworkDescription(path: beside)
    }
    if let text = tensors.metadata["network"] {
      return try NetworkDescription(
        InputFile(name: "\(path) (metadata 'network')", bytes: Data(text.utf8)))
    }
    return try NetworkDescription(tensorNames: tensors)
  }
}

extension NetworkDescription {
  /// One GRU stack, and at most one Linear after it, recognised by their names.
  init(tensorNames tensors: Safetensors) throws(InputError) {
    let names = tensors.tensors.map(\.name)
    func prefixes(_ suffix: String) -> [String] {
      names.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }.sorted()
    }
    let stacks = prefixes(".weight_ih_l0")
    let dense = prefixes(".weight")
    guard stacks.count == 1, dense.count <= 1 else {
      throw tensors.file.error(
        "has no network.json, and its tensor names show \(stacks.count) GRU stacks and "
          + "\(dense.count) Linear layers, expected one stack and at most one Linear",
        notes: ["note: the file has \(names.sorted().joined(separator: ", "))"])
    }
    layers =
      stacks.map { .gru(tensors: $0, reset: .after, candidate: .tanh) }
      + dense.map { .dense(tensors: $0, activation: .none) }
  }
}

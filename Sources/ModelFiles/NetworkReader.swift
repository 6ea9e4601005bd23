import Foundation

extension Network {
  /// Reads a trained network.
  ///
  /// - Parameters:
  ///   - model: safetensors or `.npz`, with a framework's tensor names.
  ///   - description: `network.json`; without one, the file of that name beside the model, then
  ///     the string `network` in the file's metadata, then what the tensor names alone tell.
  public init(model path: String, description: String? = nil) throws(InputError) {
    let tensors = try TensorFile(path: path)
    try self.init(
      tensors, description: NetworkDescription(of: tensors, at: path, given: description))
  }

  /// Builds the layers that a description names, and checks that they form a chain.
  public init(_ tensors: TensorFile, description: NetworkDescription) throws(InputError) {
    input = .vector(description.standardisation)
    layers = []
    var tokens: Int?
    var weights = WeightCount(file: tensors.file)
    for (index, layer) in description.layers.enumerated() {
      switch layer {
      case .embedding(let prefix):
        layers.append(.embedding(try embedding(LayerTensors(tensors, prefix: prefix), &weights)))
        if index == 0 { input = .tokens }
      case .oneHot(let size):
        guard index == 0 else {
          throw tensors.file.error("network description: 'onehot' is not the first layer")
        }
        input = .tokens
        tokens = size
      case .gru(let cell):
        layers += try cells(cell, of: tensors, &weights).map(Layer.gru)
      case .dense(let prefix, let activation):
        layers.append(
          .dense(try dense(LayerTensors(tensors, prefix: prefix), activation, &weights)))
      }
    }
    try checkChain(tensors.file, tokens: tokens, standardisation: description.standardisation)
  }

  private func checkChain(
    _ file: InputFile, tokens: Int?, standardisation: Standardisation?
  ) throws(InputError) {
    guard let first = layers.first else { throw file.error("network description: has no layer") }
    guard layers.count <= NetworkDescription.layerLimit else {
      throw file.error(
        "has \(layers.count) layers, expected at most \(NetworkDescription.layerLimit)")
    }
    if let tokens, tokens != first.inputSize {
      throw file.error(
        "layer '\(first.name)' reads \(first.inputSize) values, expected the \(tokens) tokens")
    }
    if let count = standardisation?.mean.count, !readsTokens, count != first.inputSize {
      throw file.error(
        "layer '\(first.name)' reads \(first.inputSize) values, expected the \(count) of 'mean'")
    }
    for (below, above) in zip(layers, layers.dropFirst())
    where below.outputSize != above.inputSize {
      let turned = above.outputSize == below.inputSize
      throw file.error(
        "layer '\(above.name)' reads \(above.inputSize) values, "
          + "expected the \(below.outputSize) of '\(below.name)' before it",
        notes: turned ? ["hint: did you mean '\(above.name)' before '\(below.name)'?"] : [])
    }
  }
}

// MARK: Layers

/// One GRU layer, or all layers of a PyTorch stack.
private func cells(
  _ description: NetworkDescription.Cell, of source: TensorFile, _ weights: inout WeightCount
) throws(InputError) -> [GRULayer] {
  let tensors = try LayerTensors(source, prefix: description.tensors)
  try refuseVariants(of: tensors)
  guard let layout = description.layout ?? Layout.detect(tensors) else {
    let found = tensors.names.isEmpty ? source.names : tensors.names
    throw source.file.error(
      "layer '\(description.tensors)' has no tensors of a known GRU layout",
      notes: ["note: the file has \(listed(found))"]
        + suggestion(for: description.tensors, among: source.prefixes))
  }
  var layers: [GRULayer] = []
  repeat {
    layers.append(try cell(description, tensors, layout, index: layers.count, &weights))
  } while layout == .pytorch && tensors.has("weight_ih_l\(layers.count)")
  for (index, pair) in zip(layers, layers.dropFirst()).enumerated()
  where pair.0.hiddenSize != pair.1.inputSize {
    throw tensors.shapeError(
      "weight_ih_l\(index + 1)", expected: [3 * pair.1.hiddenSize, pair.0.hiddenSize],
      notes: ["note: the layer below it has hidden size \(pair.0.hiddenSize)"])
  }
  try refuseGap(after: layers.count, tensors)
  return layers
}

private func cell(
  _ description: NetworkDescription.Cell, _ tensors: LayerTensors, _ layout: Layout, index: Int,
  _ weights: inout WeightCount
) throws(InputError) -> GRULayer {
  var sorted = try SortedCell(tensors, layout, index: index)
  if let order = description.order { sorted = sorted.reordered(order) }
  if sorted.hasSquareInput, description.layout == nil {
    throw tensors.file.error(
      "layer '\(description.tensors)' has a square input matrix, which hides a transpose",
      notes: [
        "hint: its names are those of \(layout.rawValue); "
          + "if that is right, say \"layout\": \"\(layout.rawValue)\" in network.json"
      ])
  }
  let reset = description.reset ?? sorted.reset
  if layout == .keras, tensors.has("bias"), reset != sorted.reset, description.order == nil {
    throw tensors.file.error(
      "tensor '\(tensors.fullName("bias"))' has shape \(try tensors.tensor("bias").shape), "
        + "which belongs to reset \(sorted.reset), but reset is \(reset)")
  }
  let hidden = sorted.recurrent.reset.rows
  try weights.add(sorted.weights, of: description.tensors)
  return sorted.canonical(
    name: index == 0 ? description.tensors : "\(description.tensors)_l\(index)", reset: reset,
    candidate: description.candidate, update: description.update ?? layout.update,
    initialState: try tensors.bias("initial_state", count: hidden))
}

/// `weight` (O, I) as PyTorch has it, or `kernel` (I, O) as Keras and Flax; `bias` (O) or none.
private func dense(
  _ tensors: LayerTensors, _ activation: Activation, _ count: inout WeightCount
) throws(InputError) -> DenseLayer {
  let weights: StoredMatrix =
    if tensors.has("kernel") {
      try tensors.matrix("kernel").transposed
    } else if tensors.has("w") {
      try tensors.matrix("w").transposed
    } else if tensors.has("Weights") {
      try tensors.matrix("Weights")
    } else {
      try tensors.matrix("weight")
    }
  try count.add(weights.count, of: tensors.prefix)
  let bias = ["bias", "b", "Bias"].first(where: tensors.has) ?? "bias"
  return DenseLayer(
    name: tensors.prefix, weights: weights.real,
    bias: try tensors.bias(bias, count: weights.rows), activation: activation)
}

/// (V, E): `weight` in PyTorch, `embeddings` in Keras, `embedding` in Flax.
private func embedding(
  _ tensors: LayerTensors, _ weights: inout WeightCount
) throws(InputError) -> EmbeddingLayer {
  let name = ["weight", "embeddings", "embedding"].first(where: tensors.has) ?? "weight"
  let table = try tensors.matrix(name)
  try weights.add(table.count, of: tensors.prefix)
  return EmbeddingLayer(name: tensors.prefix, table: table.real)
}

/// Weights of the layers so far, counted before they are converted: several layers may share the
/// same tensors, so that the file's size bounds nothing.
private struct WeightCount {
  /// 64 MiB of doubles.
  private static let limit = 8 << 20

  let file: InputFile
  private var count = 0

  init(file: InputFile) { self.file = file }

  mutating func add(_ weights: Int, of layer: String) throws(InputError) {
    count += weights
    guard count <= Self.limit else {
      throw file.error(
        "has \(count) weights up to layer '\(layer)', expected at most \(Self.limit)")
    }
  }
}

// MARK: Refusals

private func refuseVariants(of tensors: LayerTensors) throws(InputError) {
  for name in tensors.names {
    if name.hasSuffix("_reverse") || name.hasPrefix("backward") {
      throw tensors.file.error(
        "tensor '\(tensors.fullName(name))' belongs to a bidirectional or reverse GRU, "
          + "which cannot run step by step",
        notes: ["hint: train with one direction; a device sees no future steps"])
    }
    if name.hasPrefix("weight_hr_l") {
      throw tensors.file.error(
        "tensor '\(tensors.fullName(name))' is a projection, which a GRU does not have")
    }
  }
}

private func refuseGap(after count: Int, _ tensors: LayerTensors) throws(InputError) {
  let start = "weight_ih_l"
  let beyond = tensors.names.filter { name in
    name.hasPrefix(start) && (Int(name.dropFirst(start.count)) ?? 0) > count
  }
  guard let name = beyond.first else { return }
  throw tensors.file.error(
    "tensor '\(tensors.fullName("\(start)\(count)"))' is missing, "
      + "although '\(tensors.fullName(name))' exists")
}

// MARK: Description

extension NetworkDescription {
  /// The description that belongs to a model file.
  public init(
    of tensors: TensorFile, at path: String, given: String? = nil
  ) throws(InputError) {
    if let file = Self.file(ofModel: path, given: given) {
      try self.init(path: file)
    } else if let text = tensors.metadata["network"] {
      try self.init(InputFile(name: "\(path) (metadata 'network')", bytes: Data(text.utf8)))
    } else {
      try self.init(tensorNames: tensors)
    }
  }

  /// The file that describes a model: the one given, or `network.json` beside the model.
  public static func file(ofModel path: String, given: String? = nil) -> String? {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    let beside = folder + "network.json"
    return given ?? (FileManager.default.fileExists(atPath: beside) ? beside : nil)
  }

  /// The layout of each GRU entry, by its tensors' prefix.
  public func layouts(in source: TensorFile) throws(InputError) -> [String: Layout] {
    var layouts: [String: Layout] = [:]
    for case .gru(let cell) in layers {
      let tensors = try LayerTensors(source, prefix: cell.tensors)
      layouts[cell.tensors] = cell.layout ?? Layout.detect(tensors)
    }
    return layouts
  }

  /// One GRU layer or stack, and at most one dense layer after it, recognised by their names.
  init(tensorNames source: TensorFile) throws(InputError) {
    let names = source.names.map { $0.replacing("/", with: ".").replacing(":0", with: "") }
    func prefixes(_ suffixes: [String]) -> Set<String> {
      Set(
        names.flatMap { name in
          suffixes.compactMap { suffix -> String? in
            if name == suffix { return "" }
            return name.hasSuffix("." + suffix)
              ? String(name.dropLast(suffix.count + 1)) : nil
          }
        })
    }
    let cells = prefixes(Layout.landmarks)
    let inCell = cells.map { $0.isEmpty ? "" : $0 + "." }
    let dense = prefixes(["weight", "kernel"]).filter { prefix in
      !cells.contains(prefix) && !inCell.contains { !$0.isEmpty && prefix.hasPrefix($0) }
        && !(cells == [""]
          && ["ir", "iz", "in", "hr", "hz", "hn", "dense_i", "dense_h"]
            .contains(prefix))
    }
    guard cells.count == 1, dense.count <= 1 else {
      throw source.file.error(
        "has no network.json, and its tensor names show \(cells.count) GRU layers and "
          + "\(dense.count) dense layers, expected one and at most one",
        notes: ["note: the file has \(listed(source.names))"])
    }
    self.init(
      layers: cells.map { .gru(Cell(tensors: $0)) }
        + dense.map { .dense(tensors: $0, activation: .none) })
  }
}

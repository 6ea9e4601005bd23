/// PyTorch's tensors in canonical form.
///
/// `nn.GRU`, layer k: `weight_ih_lk` (3H, I), `weight_hh_lk` (3H, H), `bias_ih_lk` and `bias_hh_lk`
/// (3H), none of the biases where the layer was built without. Rows in the order r, z, n;
/// reset after; z keeps. `nn.Linear`: `weight` (O, I), `bias` (O).
struct PyTorchLayout {
  let file: InputFile
  private let tensors: [String: Tensor]

  init(_ tensors: Safetensors) {
    file = tensors.file
    self.tensors = Dictionary(tensors.tensors.map { ($0.name, $0) }) { first, _ in first }
  }

  /// The layers of a stack, `prefix.weight_ih_l0` first.
  func stack(
    _ prefix: String, reset: ResetMode, candidate: Activation
  ) throws(InputError) -> [GRULayer] {
    try refuseVariants(of: prefix)
    var layers: [GRULayer] = []
    repeat {
      let layer = try layer(layers.count, of: prefix, reset: reset, candidate: candidate)
      if let below = layers.last, below.hiddenSize != layer.inputSize {
        throw shapeError(
          "\(prefix).weight_ih_l\(layers.count)",
          expected: [3 * layer.hiddenSize, below.hiddenSize],
          notes: ["note: the layer below it has hidden size \(below.hiddenSize)"])
      }
      layers.append(layer)
    } while tensors["\(prefix).weight_ih_l\(layers.count)"] != nil
    try refuseGap(after: layers.count, of: prefix)
    return layers
  }

  func dense(_ prefix: String, activation: Activation) throws(InputError) -> DenseLayer {
    let weight = try tensor("\(prefix).weight")
    guard weight.shape.count == 2 else {
      throw file.error(
        "tensor '\(weight.name)' has shape \(weight.shape), expected (output, input)")
    }
    let rows = weight.shape[0]
    let bias = try optionalTensor("\(prefix).bias", shape: [rows])
    return DenseLayer(
      name: prefix,
      weights: RealMatrix(rows: rows, columns: weight.shape[1], values: weight.values),
      bias: bias?.values ?? Array(repeating: 0, count: rows), activation: activation)
  }

  private func layer(
    _ index: Int, of prefix: String, reset: ResetMode, candidate: Activation
  ) throws(InputError) -> GRULayer {
    func name(_ tensor: String) -> String { "\(prefix).\(tensor)_l\(index)" }
    let weightIH = try tensor(name("weight_ih"))
    let weightHH = try tensor(name("weight_hh"))
    guard weightHH.shape.count == 2 else {
      throw file.error("tensor '\(weightHH.name)' has shape \(weightHH.shape), expected (3H, H)")
    }
    let hidden = weightHH.shape[1]
    try refuseOtherCells(weightHH, hidden: hidden)
    guard weightHH.shape == [3 * hidden, hidden] else {
      throw shapeError(weightHH.name, expected: [3 * hidden, hidden])
    }
    guard weightIH.shape.count == 2, weightIH.shape[0] == 3 * hidden else {
      throw shapeError(
        weightIH.name, expected: [3 * hidden, weightIH.shape.last ?? 1],
        notes: [
          "note: hidden size \(hidden) comes from '\(weightHH.name)' with shape \(weightHH.shape)"
        ])
    }
    let biasIH = try optionalTensor(name("bias_ih"), shape: [3 * hidden])
    let biasHH = try optionalTensor(name("bias_hh"), shape: [3 * hidden])
    guard (biasIH == nil) == (biasHH == nil) else {
      let (there, missing) = biasHH == nil ? ("bias_ih", "bias_hh") : ("bias_hh", "bias_ih")
      throw file.error("tensor '\(name(missing))' is missing, although '\(name(there))' exists")
    }

    let zero = Array(repeating: 0.0, count: 3 * hidden)
    let (b, c) = (biasIH?.values ?? zero, biasHH?.values ?? zero)
    let (bGates, cGates) = (split(b, hidden), split(c, hidden))
    // Under reset before nothing scales the recurrent bias alone: it folds into the other.
    let foldsCandidate = reset == .before
    return GRULayer(
      name: index == 0 ? prefix : "\(prefix)_l\(index)", reset: reset, candidate: candidate,
      input: matrices(weightIH, hidden), recurrent: matrices(weightHH, hidden),
      bias: Gates(
        reset: zip(bGates.reset, cGates.reset).map(+),
        update: zip(bGates.update, cGates.update).map(+),
        candidate: foldsCandidate
          ? zip(bGates.candidate, cGates.candidate).map(+) : bGates.candidate),
      recurrentBias: foldsCandidate
        ? Array(repeating: 0, count: hidden) : cGates.candidate)
  }

  /// Rows 0..<H, H..<2H, 2H..<3H: r, z, n.
  private func split(_ values: [Double], _ block: Int) -> Gates<[Double]> {
    Gates(
      reset: Array(values[..<block]), update: Array(values[block..<2 * block]),
      candidate: Array(values[(2 * block)...]))
  }

  private func matrices(_ tensor: Tensor, _ hidden: Int) -> Gates<RealMatrix> {
    let columns = tensor.shape[1]
    return split(tensor.values, hidden * columns).map {
      RealMatrix(rows: hidden, columns: columns, values: $0)
    }
  }
}

// MARK: Refusals

extension PyTorchLayout {
  private func tensor(_ name: String) throws(InputError) -> Tensor {
    guard let tensor = tensors[name] else {
      throw file.error(
        "tensor '\(name)' is missing",
        notes: ["note: the file has \(tensors.keys.sorted().joined(separator: ", "))"])
    }
    return tensor
  }

  private func optionalTensor(_ name: String, shape: [Int]) throws(InputError) -> Tensor? {
    guard let tensor = tensors[name] else { return nil }
    guard tensor.shape == shape else { throw shapeError(name, expected: shape) }
    return tensor
  }

  private func shapeError(
    _ name: String, expected: [Int], notes: [String] = []
  ) -> InputError {
    file.error(
      "tensor '\(name)' has shape \(tensors[name]?.shape ?? []), expected \(expected)",
      notes: notes)
  }

  private func refuseOtherCells(_ weightHH: Tensor, hidden: Int) throws(InputError) {
    let rows = weightHH.shape[0]
    if rows == 4 * hidden {
      throw file.error(
        "tensor '\(weightHH.name)' has shape \(weightHH.shape), expected \([3 * hidden, hidden]); "
          + "it looks like an LSTM: 4H rows")
    }
    if rows == hidden {
      throw file.error(
        "tensor '\(weightHH.name)' has shape \(weightHH.shape), expected \([3 * hidden, hidden]); "
          + "it looks like a plain RNN: H rows")
    }
  }

  private func refuseVariants(of prefix: String) throws(InputError) {
    for name in tensors.keys.sorted() where name.hasPrefix("\(prefix).") {
      if name.hasSuffix("_reverse") {
        throw file.error(
          "tensor '\(name)' belongs to a bidirectional GRU, which cannot run step by step")
      }
      if name.hasPrefix("\(prefix).weight_hr_l") {
        throw file.error("tensor '\(name)' is a projection, which a GRU does not have")
      }
    }
  }

  private func refuseGap(after count: Int, of prefix: String) throws(InputError) {
    let start = "\(prefix).weight_ih_l"
    let beyond = tensors.keys.filter { name in
      name.hasPrefix(start) && (Int(name.dropFirst(start.count)) ?? 0) > count
    }
    guard let name = beyond.min() else { return }
    throw file.error("tensor '\(start)\(count)' is missing, although '\(name)' exists")
  }
}

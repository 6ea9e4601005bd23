import ModelFiles

extension QuantizedLayer {
  /// What the layer is, in a line or two, for the header's comment and the terminal.
  public func summary(readsTokens: Bool) -> [String] {
    switch self {
    case .embedding(let embedding):
      return ["embedding of \(embedding.tokens) tokens -> \(embedding.width), int16"]
    case .cell(let cell):
      let input =
        readsTokens
        ? "\(inputSize) tokens, table of pre-activations" : "\(inputSize)"
      let state = cell.stateExponent == 0 ? "" : ", state up to \(1 << cell.stateExponent)"
      return [
        "GRU \(input) -> \(outputSize), reset \(cell.reset), \(cell.candidate) candidate\(state)",
        "W \(formats(cell.input)), U \(formats(cell.recurrent)), "
          + "pre-activations Q\(18 - cell.preActivationShift), carry \(cell.carryBits) bits",
      ]
    case .dense(let dense):
      return [
        "dense \(inputSize) -> \(outputSize), activation \(dense.activation), "
          + "\(dense.weights.format)"
      ]
    }
  }

  /// One format, or those of r, z and n.
  private func formats(_ gates: Gates<QuantizedMatrix>) -> String {
    let formats = gates.map(\.format.rawValue).inOrder
    return Set(formats).count == 1 ? formats[0] : formats.joined(separator: "/") + " (r/z/n)"
  }
}

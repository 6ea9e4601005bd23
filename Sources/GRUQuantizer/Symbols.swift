public import ModelFiles

// The header's names of settings, which the header reader looks up again.

extension WeightFormat {
  public var symbol: String { "GRU_WEIGHTS_\(rawValue.uppercased())" }
}

extension WeightLayout {
  public var symbol: String { "GRU_LAYOUT_\(rawValue.uppercased())" }
}

extension ResetMode {
  public var symbol: String { "GRU_RESET_\(rawValue.uppercased())" }
}

extension Activation {
  public var symbol: String { "GRU_ACTIVATION_\(rawValue.uppercased())" }
}

/// What one kernel runs; nil: matrices of any kind, mixed.
public typealias KernelKind = (format: WeightFormat, layout: WeightLayout)?

extension QuantizedCell {
  /// Tables of tokens go with any kernel.
  public var kernelKind: KernelKind { kind(of: matrices.filter { $0.layout != .tokens }) }

  var kernelSymbol: String { "gru_reset_\(reset.rawValue)_" + symbol(of: kernelKind) }
}

extension QuantizedDense {
  public var kernelKind: KernelKind { kind(of: [weights]) }

  var kernelSymbol: String { "gru_dense_" + symbol(of: kernelKind) }
}

private func kind(of matrices: [QuantizedMatrix]) -> KernelKind {
  let (format, layout) = (matrices[0].format, matrices[0].layout)
  let isUniform = matrices.allSatisfy { $0.format == format && $0.layout == layout }
  return isUniform ? (format, layout) : nil
}

private func symbol(of kind: KernelKind) -> String {
  kind.map { "\($0.format.rawValue)_\($0.layout.rawValue)" } ?? "any"
}

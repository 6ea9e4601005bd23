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

import GRUQuantizer

/// Cores that a header's weights can be laid out for; any core runs any header, to the same bits.
enum Target: String, CaseIterable {
  case cortexM0 = "cortex-m0"
  case cortexM3 = "cortex-m3"
  case cortexM4 = "cortex-m4"
  case cortexM7 = "cortex-m7"
  case cortexM33 = "cortex-m33"
  case cortexM55 = "cortex-m55"
  case riscv32
  case riscv64
  case aarch64
  case wasm32

  /// Rows in pairs where the core multiplies two halfwords at once.
  var layout: WeightLayout {
    switch self {
    case .cortexM4, .cortexM7, .cortexM33, .cortexM55: .pairs
    case .cortexM0, .cortexM3, .riscv32, .riscv64, .aarch64, .wasm32: .quads
    }
  }
}

public import GRUQuantizer
public import ModelFiles

public enum Quantized {
  /// A network in integers, rounded in one way, with the default formats around it.
  public static func network(
    _ network: Network, calibration: Sequences, _ widths: Widths = .init(all: .int8),
    by method: Rounder.Method = .compensated, name: String = "t", inputUnits: InputUnits? = nil,
    carries: Set<Int> = []
  ) throws(QuantizationError) -> QuantizedNetwork {
    let quantizer = try Quantizer(
      network, calibration: calibration, name: name, inputUnits: inputUnits)
    let run = TracedRecording(of: quantizer.network, over: calibration)
    let rounded = Rounder(quantizer.network, method, run).round(quantizer.allowed(widths))
    return try quantizer.integers(of: rounded, carries: carries)
  }
}

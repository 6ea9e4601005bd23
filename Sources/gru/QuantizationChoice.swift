import Foundation
import GRUHarness
import GRUQuantizer
import GRUReport
import GRUSearch
import ModelFiles

extension Quantize {
  /// What the search found, and its error over all of the calibration data.
  struct Choice {
    var result: Search.Result
    var mixtures: [Search.Mixture]
    var errors: [MeasuredError]

    init(
      _ source: Network, _ result: Search.Result, _ mixtures: [Search.Mixture],
      _ calibration: Sequences
    ) throws {
      self.result = result
      self.mixtures = mixtures
      let comparison = try Comparison(source, result.network, over: calibration)
      let bounds = StepBound.bounds(
        source, result.network, largestInputs: comparison.largestInputs)
      errors = zip(comparison.layers, bounds).map { layer, bound in
        MeasuredError(
          steps: comparison.steps, maximum: layer.hidden.maximum, rms: layer.hidden.rms,
          sqnr: layer.hidden.sqnr ?? .infinity, stepError: layer.stepError,
          stepBound: bound.anyInput, calibratedStepBound: bound.measuredInputs)
      }
    }

    var network: QuantizedNetwork { result.network }
    var largestError: Double { errors.map(\.maximum).max() ?? 0 }
    var sqnr: Double { errors.map(\.sqnr).min() ?? .infinity }
  }
}

// MARK: Printing

extension Quantize.Choice {
  func printSummary(_ output: String) {
    if !mixtures.isEmpty { printMixtures() }
    print("wrote \(output)")
    for (index, layer) in network.layers.enumerated() {
      let lines = layer.summary(readsTokens: index == 0 && network.readsTokens)
      print("  layer \(index)    \(lines.joined(separator: "\n             "))")
    }
    for (index, error) in errors.enumerated() {
      print(
        "  cell \(index)     hidden state: SQNR \(Self.decibels(error.sqnr)), "
          + String(format: "RMS error %.1e, largest %.1e", error.rms, error.maximum))
    }
    print(
      "  held back  SQNR \(Self.decibels(result.sqnr)) on calibration data "
        + "before anything was fitted to it")
    print("  flash      \(network.constantSize) bytes of constants")
    print("  RAM        \(network.stateSize) bytes of state, \(network.scratchSize) of scratch")
    if let bound = network.accumulatorBounds.first {
      print(
        String(
          format: "  proved     accumulators below 2^31; closest 2^%.1f: ",
          log2(Double(bound.accumulator))) + bound.row)
    }
  }

  func verdict(_ limits: Quantize.Limits) -> Verdict {
    var parts = [
      "hidden SQNR \(Self.decibels(sqnr)) on the calibration data",
      "\(network.constantSize) bytes of flash",
    ]
    if limits.exist { parts.append("within every limit") }
    return Verdict(passes: true, reason: parts.joined(separator: ", "))
  }

  private static func decibels(_ value: Double) -> String {
    value.isFinite ? String(format: "%.1f dB", value) : "exact"
  }

  /// What flash buys, the chosen mixture marked.
  private func printMixtures() {
    let rows = mixtures.map { mixture in
      [
        mixture.widths == result.widths ? ">" : "", String(mixture.flash),
        String(format: "%.1f", mixture.sqnr), String(format: "%.1e", mixture.largestError),
        Self.shortened(mixture.fine),
      ]
    }
    let heading = ["", "flash", "SQNR dB", "largest", "in int16, before tuning"]
    print(TextTable(rows: [heading] + rows, words: [4], indent: 0).lines.joined(separator: "\n"))
  }

  /// "layer 0: W rzn, U n; layer 1": r, z and n for the gates; a dense layer has one matrix.
  private static func shortened(_ blocks: [Widths.Block]) -> String {
    let layers = Set(blocks.map(\.layer)).sorted().map { layer in
      let parts = blocks.filter { $0.layer == layer }.map(\.part)
      func gates(_ name: String, _ order: [Widths.Block.Part]) -> [String] {
        let letters = zip(order, ["r", "z", "n"]).filter { parts.contains($0.0) }.map(\.1)
        return letters.isEmpty ? [] : ["\(name) \(letters.joined())"]
      }
      let matrices =
        gates("W", Widths.Block.Part.input.inOrder)
        + gates("U", Widths.Block.Part.recurrent.inOrder)
      return "layer \(layer)" + (matrices.isEmpty ? "" : ": " + matrices.joined(separator: ", "))
    }
    return layers.isEmpty ? "none" : layers.joined(separator: "; ")
  }
}

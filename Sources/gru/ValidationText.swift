import Foundation
import GRUHarness
import GRUReport
import ModelFiles

extension Validation {
  /// The report as aligned text, without the verdict.
  var summary: String {
    var lines = layers.flatMap { layerLines($0) }
    if let ablation { lines += ablationLines(ablation) }
    if let warmUp {
      let bound = String(format: "%.1e", warmUp.bound)
      lines.append(
        "warm-up          a device that is reset in mid-stream is "
          + (warmUp.steps.map { "within \(bound)\n                 after \(counted($0, "step"))" }
            ?? "not within \(bound)\n                 by the end of the longest sequence"))
    }
    return (lines + outputLines + memoryLines + (device?.lines ?? [])).joined(separator: "\n")
  }

  private func layerLines(_ layer: Layer) -> [String] {
    let (found, time, worst) = (layer.saturations, layer.time, layer.time.worst)
    func row(_ name: String, _ error: ErrorStatistics, _ counts: [Int]) -> [String] {
      let values = Double(max(1, layer.steps * layer.units))
      return [aligned(name, 13)] + errorCells(error)
        + counts.map { percent(Double($0) / values) }
    }
    var rows = [
      ["", "SQNR dB", "RMS error", "largest", "at an end", "beyond 16"],
      row("hidden state", layer.hidden, [found.state]),
    ]
    for (index, name) in ["reset gate", "update gate", "candidate"].enumerated() {
      rows.append(
        row(
          name, layer.gates.inOrder[index],
          [found.gate.inOrder[index], found.preactivation.inOrder[index]]))
    }
    let drift = time.drift.map { String(format: ", drift %.2f", $0) } ?? ""
    let bounds = layer.stepBound
    let proved = bounds.measuredInputs.map { String(format: ", %.1e proved", $0) } ?? ""
    var lines =
      [
        "layer '\(layer.name)', \(layer.units) units, \(layer.steps) steps"
          + (found.input > 0 ? ", \(found.input) inputs clipped" : "")
      ] + TextTable(rows: rows).lines + [
        String(format: "  over time      RMS %.1e at first, %.1e at last", time.first, time.last)
          + drift,
        "  worst          sequence \(worst.sequence), step \(worst.step), unit \(worst.unit): "
          + String(format: "float %.3f, fixed %.3f", worst.float, worst.fixed),
        String(format: "  one step       at most %.1e measured", layer.stepError) + proved,
      ]
    if let bound = bounds.anyInput, bound != bounds.measuredInputs {
      lines.append(String(format: "  any input      at most %.1e proved", bound))
    }
    return lines
  }

  private func ablationLines(_ ablation: Ablation) -> [String] {
    func decibels(_ value: Double?, _ format: String = "%.1f") -> String {
      // Adding zero drops the sign of what rounds to it.
      value.map { String(format: format, (10 * $0).rounded() / 10 + 0) } ?? "exact"
    }
    let rows =
      [
        [aligned("", 13), "made exact", "gain", "alone"],
        ["as it is", decibels(ablation.sqnr)],
      ]
      + ablation.parts.map { part in
        [
          part.part, decibels(part.exactSQNR), decibels(part.gain, "%+.1f"),
          decibels(part.aloneSQNR),
        ]
      }
    return [
      "what each part costs, SQNR of the hidden states in dB"
        + (ablation.steps < layers[0].steps ? ", first \(ablation.steps) steps" : "")
    ] + TextTable(rows: rows).lines
  }

  private var outputLines: [String] {
    let error = TextTable(rows: [
      [aligned("", 13), "SQNR dB", "RMS error", "largest"], ["error"] + errorCells(output.error),
    ])
    var lines = ["output"] + error.lines
    if let agreement = output.agreement {
      lines.append("  decisions      \(percent(agreement)) equal")
    }
    if let task {
      lines.append(
        "  accuracy       float \(percent(task.accuracyFloat)), "
          + "fixed-point \(percent(task.accuracyFixed))")
    }
    if let error = reference?.hidden {
      lines.append(
        String(format: "  float model    hidden states within %.1e of those expected", error))
    }
    if let error = reference?.output {
      lines.append(String(format: "  float model    outputs within %.1e of those expected", error))
    }
    return lines
  }

  private var memoryLines: [String] {
    [
      "memory",
      "  flash          \(memory.flashWeights) bytes of weights, \(memory.flashTables) of tables",
      "  RAM            \(memory.ramState) bytes of state, \(memory.ramScratch) of scratch",
    ]
  }

  private func errorCells(_ error: ErrorStatistics) -> [String] {
    [
      error.sqnr.map { String(format: "%.1f", $0) } ?? "exact",
      String(format: "%.1e", error.rms), String(format: "%.1e", error.maximum),
    ]
  }

  private func percent(_ share: Double) -> String { Verdict.percent(share) }
}

import Foundation
import GRUHarness
import GRUQuantizer
import ModelFiles

/// Holds a header's results against the float model's.
enum Validate: Command {
  static let name = "validate"
  static let summary = "compare a header with the float model"
  static let examples = [
    "gru validate model.safetensors --header kws_model.h --inputs inputs.npy",
    "gru validate model.safetensors --header kws_model.h --inputs inputs.npy --labels labels.npy "
      + "--min-sqnr 45",
  ]
  static let operands = ["MODEL"]
  static let options = [
    Option("--header", "OUT.h", "what gru quantize wrote"),
    Option("--inputs", "X.npy", "inputs: (T, I) or (N, T, I)"),
    Option("--lengths", "L.npy", "steps of each sequence"),
    Option("--labels", "Y.npy", "right classes: (N) at the last step, or (N, T)"),
    Option("--expect-hidden", "H.npy", "hidden states that the float model should have"),
    Option("--expect-output", "O.npy", "outputs that the float model should have"),
    Option("--network", "N.json", "which tensors form which layers"),
    Option("--max-error", "E", "fail above this error of a hidden state"),
    Option("--min-sqnr", "DB", "fail below this SQNR of the hidden state"),
    Option("--min-agreement", "F", "fail below this share of equal decisions"),
    Option("--json", nil, "print the result as JSON"),
  ]

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let headerPath = try arguments.required("--header")
    let inputsPath = try arguments.required("--inputs")
    let limits = Validation.Limits(
      maximumError: try arguments.positiveNumber("--max-error"),
      minimumSQNR: try arguments.number("--min-sqnr"),
      minimumAgreement: try arguments.number("--min-agreement"))
    let network = try Network(
      model: arguments.operands[0], description: arguments["--network"])
    let header = try QuantizedNetwork(header: headerPath)
    guard header.shape == network.shape || header.shape == network.foldingEmbedding().shape else {
      throw InputError(
        headerPath, "has layers \(header.shape), expected \(network.shape)",
        notes: ["note: these are the layers of \(arguments.operands[0])"])
    }
    let inputs = try Sequences(path: inputsPath, lengths: arguments["--lengths"])
    try inputs.require(tokens: network.readsTokens, size: network.inputSize, inputsPath)
    let labels = try arguments["--labels"].map { try NPY(path: $0) }
    let expectedHidden = try arguments["--expect-hidden"].map { try NPY(path: $0) }
    let expectedOutput = try arguments["--expect-output"].map { try NPY(path: $0) }

    let comparison = try Comparison(
      network, header, over: inputs, keepingHidden: expectedHidden != nil)
    var validation: Validation
    do throws(DataMismatch) {
      validation = try Validation(
        of: comparison, header, labels: labels, expectedHidden: expectedHidden,
        expectedOutput: expectedOutput, limits: limits)
    } catch {
      throw InputError(inputsPath, error.message)
    }
    validation.ablation = Ablation(network, header, over: inputs)
    validation.prove(
      StepBound.bounds(network, header, largestInputs: comparison.largestInputs))
    validation.warnings = inputs.warnings(for: header)
    let largest = validation.layers.map(\.hidden.maximum).max() ?? 0
    validation.warmUp = try WarmUp(
      network, header, over: inputs, bound: limits.maximumError ?? largest)
    for warning in validation.warnings { complain("warning: \(inputsPath): \(warning)") }
    print(arguments.has("--json") ? try encode(validation) : validation.summary)
    for failure in validation.failures { complain("limit: \(failure)") }
    return validation.pass ? .success : .limitExceeded
  }
}

extension QuantizedNetwork {
  /// Input and output of each layer.
  fileprivate var shape: [[Int]] { layers.map { [$0.inputSize, $0.outputSize] } }
}

extension Network {
  fileprivate var shape: [[Int]] { layers.map { [$0.inputSize, $0.outputSize] } }
}

extension Validation {
  /// The report as aligned text.
  var summary: String {
    var lines = layers.flatMap { layerLines($0) }
    if let ablation { lines += ablationLines(ablation) }
    if let warmUp {
      let steps = warmUp.steps.map { "\($0) steps" } ?? "not by the end"
      lines.append(
        "warm-up          \(steps) after a reset in mid-stream, "
          + String(format: "to within %.2e", warmUp.bound))
    }
    return (lines + outputLines).joined(separator: "\n")
  }

  private func layerLines(_ layer: Layer) -> [String] {
    let (found, time, worst) = (layer.saturations, layer.time, layer.time.worst)
    let drift = time.drift.map { String(format: ", drift %.2f", $0) } ?? ""
    let bounds = layer.stepBound
    let proved = bounds.measuredInputs.map { String(format: ", %.2e proved", $0) } ?? ""
    var lines = [
      "layer '\(layer.name)', \(layer.steps) steps"
        + (found.input > 0 ? ", \(found.input) inputs clipped" : ""),
      "                 SQNR dB   RMS error    largest   at an end   beyond 16",
      row("hidden state", layer.hidden) + count(found.state),
      row("reset gate", layer.gates.reset) + count(found.gate.reset)
        + count(found.preactivation.reset),
      row("update gate", layer.gates.update) + count(found.gate.update)
        + count(found.preactivation.update),
      row("candidate", layer.gates.candidate) + count(found.gate.candidate)
        + count(found.preactivation.candidate),
      String(format: "  over time      RMS %.2e at first, %.2e at last", time.first, time.last)
        + drift,
      "  worst          sequence \(worst.sequence), step \(worst.step), unit \(worst.unit): "
        + String(format: "float %.3f, fixed %.3f", worst.float, worst.fixed),
      String(format: "  one step       at most %.2e measured", layer.stepError) + proved,
    ]
    if let bound = bounds.anyInput.map({ String(format: ", %.2e proved", $0) }), bound != proved {
      lines.append("  any input      at most\(bound.dropFirst())")
    }
    return lines
  }

  private func ablationLines(_ ablation: Ablation) -> [String] {
    func decibels(_ value: Double?, _ format: String = "%.1f", width: Int) -> String {
      // Adding zero drops the sign of what rounds to it.
      let text = value.map { String(format: format, (10 * $0).rounded() / 10 + 0) } ?? "exact"
      return String(repeating: " ", count: width - text.count) + text
    }
    return [
      "what each part costs, SQNR dB of the hidden states"
        + (ablation.steps < layers[0].steps ? " in the first \(ablation.steps) steps" : ""),
      "                 made exact    gain   alone",
      "  as it is       " + decibels(ablation.sqnr, width: 10),
    ]
      + ablation.parts.map { part in
        "  \(aligned(part.part, 14)) " + decibels(part.exactSQNR, width: 10)
          + decibels(part.gain, "%+.1f", width: 8) + decibels(part.aloneSQNR, width: 8)
      }
  }

  private var outputLines: [String] {
    var lines = ["output", row("error", output.error)]
    if let agreement = output.agreement {
      lines.append(String(format: "  decisions      %.2f %% equal", 100 * agreement))
    }
    if let task {
      lines.append(
        String(
          format: "  accuracy       float %.2f %%, fixed-point %.2f %%", 100 * task.accuracyFloat,
          100 * task.accuracyFixed))
    }
    if let error = reference?.hidden {
      lines.append(
        String(format: "  float model    hidden states within %.1e of those expected", error))
    }
    if let error = reference?.output {
      lines.append(String(format: "  float model    outputs within %.1e of those expected", error))
    }
    lines += [
      "memory",
      "  flash          \(memory.flashWeights) bytes of weights, \(memory.flashTables) of tables",
      "  RAM            \(memory.ramState) bytes of state, \(memory.ramScratch) of scratch",
    ]
    return lines
  }

  private func row(_ name: String, _ error: ErrorStatistics) -> String {
    let sqnr = error.sqnr.map { String(format: "%7.1f", $0) } ?? "  exact"
    return "  \(aligned(name, 14)) \(sqnr)"
      + String(format: "   %9.2e  %9.2e", error.rms, error.maximum)
  }

  private func count(_ count: Int) -> String { String(format: "%12d", count) }
}

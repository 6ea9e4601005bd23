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
      maximumError: try arguments.number("--max-error"),
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

    let comparison = try Comparison(network, header, over: inputs)
    var validation: Validation
    do throws(DataMismatch) {
      validation = try Validation(
        of: comparison, header, labels: labels, expectedHidden: expectedHidden,
        expectedOutput: expectedOutput, limits: limits)
    } catch {
      throw InputError(inputsPath, error.message)
    }
    validation.ablation = try Ablation(network, header, over: inputs)?.entries ?? []
    validation.prove(StepBound.bounds(network, header))
    let largest = validation.layers.map(\.hidden.maximum).max() ?? 0
    validation.warmUp = try WarmUp(
      network, header, over: inputs, bound: limits.maximumError ?? largest)
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
    var lines: [String] = []
    for layer in layers {
      lines.append("layer '\(layer.name)', \(layer.steps) steps")
      lines.append("                 SQNR dB   RMS error   largest")
      lines.append(row("hidden state", layer.hidden))
      for gate in Gates<String>.names.inOrder {
        lines.append(row("\(gate)\(gate == "candidate" ? "" : " gate")", layer.gates[gate]!))
      }
      lines.append(
        "  saturated      inputs \(layer.saturations.input), pre-activations "
          + "\(layer.saturations.preactivation), states \(layer.saturations.state)")
      let time = layer.time
      let drift = time.drift.map { String(format: ", drift %.2f", $0) } ?? ""
      lines.append(
        String(format: "  over time      RMS %.2e at first, %.2e at last", time.first, time.last)
          + drift)
      if let bound = layer.stepBound {
        lines.append(String(format: "  proved         one step adds at most %.2e", bound))
      }
      let worst = time.worst
      lines.append(
        "  worst          sequence \(worst.sequence), step \(worst.step), unit \(worst.unit): "
          + String(format: "float %.4f, fixed %.4f", worst.float, worst.fixed))
    }
    if !ablation.isEmpty {
      lines.append("what each part costs alone, SQNR dB of the hidden states")
      for entry in ablation {
        let sqnr = entry.sqnr.map { String(format: "%7.1f", $0) } ?? "  exact"
        lines.append("  \(aligned(entry.part, 14)) \(sqnr)")
      }
    }
    if let warmUp {
      let steps = warmUp.steps.map { "\($0) steps" } ?? "not by the end"
      lines.append(
        "warm-up          \(steps) after a reset in mid-stream, "
          + String(format: "to errors of at most %.2e", warmUp.bound))
    }
    lines.append("output")
    lines.append(row("error", output.error))
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
    lines.append(
      "memory           flash \(memory.flashWeights) weights + \(memory.flashTables) tables, "
        + "RAM \(memory.ramState) state + \(memory.ramScratch) scratch (bytes)")
    return lines.joined(separator: "\n")
  }

  private func row(_ name: String, _ error: ErrorStatistics) -> String {
    let sqnr = error.sqnr.map { String(format: "%7.1f", $0) } ?? "  exact"
    return "  \(aligned(name, 14)) \(sqnr)"
      + String(format: "   %9.2e  %9.2e", error.rms, error.maximum)
  }
}

import Foundation
import GRUHarness
import GRUQuantizer
import GRUReport
import ModelFiles

/// Holds a header's results against the float model's.
enum Validate: Command {
  static let name = "validate"
  static let summary = "compare a header with the float model"
  static let examples = [
    "gru validate model.safetensors --header kws_model.h --inputs inputs.npy",
    "gru validate model.safetensors --header kws_model.h --inputs inputs.npy --labels labels.npy "
      + "--min-sqnr 45",
    "gru validate model.safetensors --header kws_model.h --inputs inputs.npy --report kws.html",
    "gru validate model.safetensors --header kws_model.h --inputs inputs.npy --device /dev/ttyACM0",
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
    Option("--report", "OUT", "write a page with pictures (.html) or tables for a review (.md)"),
    Option("--pareto", "Q.json", "what gru quantize --json printed, for the report"),
    Option("--device", "PORT", "check a device: a tty, tcp:HOST:PORT or unix:PATH"),
    Option("--baud", "N", "speed of the tty (default 115200)"),
    Option("--steps", "COUNT", "steps that the device runs (default all)"),
    Option("--json", nil, "print the result as JSON, as gru schema validate describes it"),
    Option("--quiet", nil, "print the verdict alone"),
  ]

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let headerPath = try arguments.required("--header")
    let inputsPath = try arguments.required("--inputs")
    let limits = Validation.Limits(
      maximumError: try arguments.positiveNumber("--max-error"),
      minimumSQNR: try arguments.number("--min-sqnr"),
      minimumAgreement: try arguments.number("--min-agreement"))
    let report = try ReportFile(arguments)
    let network = try Network(
      model: arguments.operands[0], description: arguments["--network"])
    let header = try QuantizedNetwork(header: headerPath)
    guard header.shape == network.shape || header.shape == network.foldingEmbedding().shape else {
      throw InputError(
        headerPath, "has layers \(header.shape), expected \(network.shape)",
        notes: ["note: these are the layers of \(arguments.operands[0])"])
    }
    try report?.checkFront(of: header)
    let inputs = try Sequences(
      path: inputsPath, lengths: arguments["--lengths"],
      for: .init(tokens: network.readsTokens, size: network.inputSize))
    // Refused before a run, which takes its time.
    var expectations = Expectations()
    expectations.labels = try expected(arguments["--labels"]) { array throws(DataMismatch) in
      try Labels(array, of: header, over: inputs)
    }
    expectations.hidden = try expected(arguments["--expect-hidden"]) { array throws(DataMismatch) in
      try ExpectedVectors.hiddenStates(array, of: header, over: inputs)
    }
    expectations.output = try expected(arguments["--expect-output"]) { array throws(DataMismatch) in
      try ExpectedVectors.outputs(array, of: header, over: inputs)
    }

    let device = try DeviceCheck.run(arguments, header, over: inputs)
    let progress = ProgressLine()
    defer { progress.clear() }
    let comparison = try Comparison(network, header, over: inputs, expecting: expectations) {
      progress.show("comparing", $0, of: inputs.steps, "steps")
    }
    var validation = Validation(of: comparison, header, limits: limits)
    validation.ablation = Ablation(network, header, over: inputs) {
      progress.show("what each part costs", $0)
    }
    validation.prove(
      StepBound.bounds(network, header, largestInputs: comparison.largestInputs))
    validation.weights = WeightRange.ranges(network, header)
    validation.warnings = inputs.warnings(for: header)
    let largest = validation.layers.map(\.hidden.maximum).max() ?? 0
    validation.warmUp = try WarmUp(
      network, header, over: inputs, bound: limits.maximumError ?? largest)
    validation.device = device
    if report?.format == .page {
      validation.traces = try Traces(network, header, over: inputs, worstOf: comparison)
    }
    progress.clear()
    try report?.write(validation)
    try show(validation, arguments, inputsPath)
    return validation.pass ? .success : .limitExceeded
  }

  /// What an array holds, where one is given.
  private static func expected<Data>(
    _ path: String?, _ read: (NPY) throws(DataMismatch) -> Data
  ) throws(InputError) -> Data? {
    guard let path else { return nil }
    let array = try NPY(path: path)
    do throws(DataMismatch) {
      return try read(array)
    } catch {
      throw InputError(path, error.message)
    }
  }

  private static func show(
    _ validation: Validation, _ arguments: Arguments, _ inputsPath: String
  ) throws {
    for warning in validation.warnings { complain("warning: \(inputsPath): \(warning)") }
    let verdict = Verdict(validation)
    if arguments.has("--json") {
      print(try encode(validation))
      if !verdict.passes { complain(verdict.line(for: STDERR_FILENO)) }
      return
    }
    if !arguments.has("--quiet") { print(validation.summary) }
    print(verdict.line(for: STDOUT_FILENO))
  }
}

extension QuantizedNetwork {
  /// Input and output of each layer.
  fileprivate var shape: [[Int]] { layers.map { [$0.inputSize, $0.outputSize] } }
}

extension Network {
  fileprivate var shape: [[Int]] { layers.map { [$0.inputSize, $0.outputSize] } }
}

import Foundation
import GRUHarness
import GRUQuantizer
import ModelFiles

/// Plays a recording to a header's network, here or on a device.
enum Live: Command {
  static let name = "live"
  static let summary = "what a network recognises in a recording, as it goes"
  static let examples = [
    "gru live kws_model.h --inputs inputs.npy --classes classes.json --rate 10",
    "gru live kws_model.h --inputs inputs.npy --classes classes.json -o kws_recording.h",
  ]
  static let operands = ["HEADER"]
  static let options = [
    Option("--inputs", "X.npy", "inputs: (T, I), or (N, T, I), of which the first is played"),
    Option("--lengths", "L.npy", "steps of each sequence"),
    Option("--classes", "C.json", "a list with a name for each output"),
    Option("--labels", "Y.npy", "right classes: (N), or (N, T); marks mistakes"),
    Option("--rate", "HZ", "steps a second; a line for each second (default 1)"),
    Option("--steps", "COUNT", "how many steps are played (default: all)"),
    Option("--free", "COUNT", "then go on so long by the likeliest token of each step"),
    Option("-o", "OUT.h", "write the recording for Firmware/live instead of playing it"),
  ]

  static func run(_ arguments: Arguments) throws -> ExitCode {
    if let output = arguments["-o"] {
      try OutputFile.check(
        output, isNoneOf: arguments.paths("--inputs", "--lengths", "--classes", "--labels"))
    }
    let recording = try recording(arguments)
    guard let output = arguments["-o"] else {
      try recording.play { putchar(Int32($0)) }
      return .success
    }
    try FlashData.check(
      steps: recording.steps, numbersPerStep: recording.numbersPerStep,
      of: arguments.required("--inputs"))
    try OutputFile.write(recording.header, to: output)
    let free = recording.freeSteps > 0 ? ", then \(recording.freeSteps) of its own" : ""
    print("wrote \(output): \(recording.steps) steps\(free)")
    return .success
  }

  /// The recording that the options describe.
  static func recording(_ arguments: Arguments) throws -> LiveRecording {
    let inputsPath = try arguments.required("--inputs")
    let classesPath = try arguments.required("--classes")
    let network = try classifier(arguments.operands[0])
    let inputs = try Sequences(
      path: inputsPath, lengths: arguments["--lengths"],
      for: .init(tokens: network.readsTokens, size: network.inputSize))
    let first = inputs.sequences[0]
    let steps = try arguments.count("--steps") ?? first.steps
    guard steps <= first.steps else {
      throw InputError(
        inputsPath, "its first sequence has \(first.steps) steps, expected at least \(steps)")
    }
    let freeSteps = try count(arguments, "--free") ?? 0
    guard freeSteps == 0 || (network.readsTokens && network.inputSize == network.outputSize) else {
      throw Failure.usage(
        "option '--free' needs a network that reads the tokens that it predicts; this one maps "
          + "\(network.inputSize) \(network.readsTokens ? "tokens" : "inputs") "
          + "to \(network.outputSize) outputs")
    }
    return LiveRecording(
      network, inputs: (0..<steps).lazy.map { first.input(at: $0, width: inputs.width) },
      classes: try names(classesPath, count: network.outputSize),
      truth: try arguments["--labels"].map {
        try truth($0, sequences: inputs.sequences.count, steps: steps, classes: network.outputSize)
      },
      rate: try count(arguments, "--rate") ?? 1, freeSteps: freeSteps)
  }

  /// Far beyond any use, and within the device's 32 bits.
  private static let largestCount = 1_000_000

  private static func count(_ arguments: Arguments, _ option: String) throws -> Int? {
    let count = try arguments.count(option)
    guard count ?? 0 <= largestCount else {
      throw Failure.usage("option '\(option)' is \(count!), expected at most \(largestCount)")
    }
    return count
  }

  /// A network whose outputs are logits of classes.
  private static func classifier(_ path: String) throws -> QuantizedNetwork {
    let network = try QuantizedNetwork(header: path)
    guard let dense = network.layers.last?.dense, [.none, .softmax].contains(dense.activation)
    else {
      throw InputError(
        path, "ends in no choice of classes, expected a dense layer with softmax or no activation")
    }
    return network
  }

  /// A JSON list of names.
  private static func names(_ path: String, count: Int) throws -> [String] {
    let file = try InputFile(path: path)
    let json: JSON
    do throws(JSON.SyntaxError) {
      json = try JSON(file.bytes)
    } catch {
      throw file.error("\(error.message), at byte \(error.offset)")
    }
    let names = (json.array ?? []).compactMap(\.string)
    guard let entries = json.array, names.count == entries.count else {
      throw file.error("is no list of names, expected one like [\"yes\", \"no\"]")
    }
    guard names.count == count else {
      throw file.error("has \(names.count) names, expected one for each of \(count) outputs")
    }
    guard names.allSatisfy({ !$0.utf8.contains(0) }) else {
      throw file.error("has a name with a zero character, which ends a string in C")
    }
    return names
  }

  /// The right class at each step of the first sequence.
  private static func truth(
    _ path: String, sequences: Int, steps: Int, classes: Int
  ) throws -> [UInt16] {
    let labels = try NPY(path: path)
    let perSequence = labels.shape.count == 2 ? labels.shape[1] : 1
    guard labels.isInteger, (1...2).contains(labels.shape.count), labels.shape[0] == sequences,
      labels.shape.count == 1 || perSequence >= steps
    else {
      throw InputError(
        path,
        "has shape \(labels.shape), expected integers [\(sequences)] or "
          + "[\(sequences), \(steps) or more]")
    }
    let truth = labels.values.prefix(labels.shape.count == 1 ? 1 : steps)
    guard truth.allSatisfy({ (0..<Double(classes)).contains($0) }) else {
      throw InputError(path, "has classes beyond 0 to \(classes - 1)")
    }
    return labels.shape.count == 1
      ? Array(repeating: UInt16(truth[0]), count: steps) : truth.map { UInt16($0) }
  }
}

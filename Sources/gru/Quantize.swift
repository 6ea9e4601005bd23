import Foundation
import GRUQuantizer
import GRUSearch
import ModelFiles

/// Turns a trained model into a C header.
enum Quantize: Command {
  static let name = "quantize"
  static let summary = "turn a trained model into a C header"
  static let examples = [
    "gru quantize model.safetensors --calibration calibration.npy -o kws_model.h",
    "gru quantize model.safetensors --calibration c.npy -o kws_model.h --max-flash 20000",
    "gru quantize model.safetensors --calibration c.npy -o kws_model.h --min-sqnr 60",
  ]
  static let operands = ["MODEL"]
  static let options = [
    Option("--calibration", "X.npy", "typical inputs: (T, I) or (N, T, I)"),
    Option("--lengths", "L.npy", "steps of each calibration sequence"),
    Option("-o", "OUT.h", "the header to write"),
    Option("--network", "N.json", "which tensors form which layers"),
    Option("--name", "NAME", "prefix of all symbols (default: from OUT.h)"),
    Option(
      "--weights", "FORMAT",
      "int8, int16, int8/int16 (W/U), or auto; default int8, auto with a limit",
      choices: ["int8", "int16", "int8/int16", "auto"]),
    Option("--max-flash", "BYTES", "the most accurate weights whose constants fit"),
    Option("--max-error", "E", "the smallest weights with no hidden state off by more"),
    Option("--min-sqnr", "DB", "the smallest weights whose hidden states are as accurate"),
    Option(
      "--target", "CORE", "lay weights out for this core (default cortex-m4)",
      choices: Target.allCases.map(\.rawValue)),
    Option(
      "--rounding", "METHOD", "nearest, compensated or tuned (default)",
      choices: Rounder.Method.allCases.map(\.rawValue)),
    Option(
      "--carry", "on|off", "8 bits below each hidden state (default: where they pay)",
      choices: ["on", "off"]),
    Option("--input-scale", "S", "raw inputs: real = S x raw + O; a number, or one each in .npy"),
    Option("--input-offset", "O", "see --input-scale (default 0)"),
    Option("--json", nil, "print the result as JSON, as gru schema quantize describes it"),
    Option("--quiet", nil, "print the verdict alone"),
  ]

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let output = try arguments.required("-o")
    let calibrationPath = try arguments.required("--calibration")
    let name = try symbolName(arguments["--name"], output: output)
    let limits = Limits(
      error: try arguments.positiveNumber("--max-error"), sqnr: try arguments.number("--min-sqnr"),
      flash: try arguments.count("--max-flash"))
    let widths = try widths(arguments["--weights"], limits)
    let target = try choice(arguments, "--target", Target.self) ?? .cortexM4
    let options = Search.Options(
      rounding: try choice(arguments, "--rounding", Rounder.Method.self) ?? .tuned,
      carry: try choice(arguments, "--carry", Switch.self).map { $0 == .on })
    let modelPath = arguments.operands[0]
    let files = inputFiles(arguments)
    try OutputFile.check(output, isNoneOf: files.map(\.path))

    let network = try Network(model: modelPath, description: arguments["--network"])
    let calibration = try Sequences(
      path: calibrationPath, lengths: arguments["--lengths"],
      for: .init(
        tokens: network.readsTokens, size: network.inputSize,
        notes: [
          "note: layer '\(network.layers[0].name)' of \(modelPath) reads \(network.inputSize)"
        ]))
    let units = try inputUnits(arguments, network)
    if units != nil, widths?.input != .int16 {
      complain("note: weights that read the inputs in the units given keep 16 bits")
    }
    let warnings = Quantizer.warnings(about: calibration, for: network)
    for warning in warnings { complain("warning: \(calibrationPath): \(warning)") }

    var choice: Choice
    do {
      choice = try choose(
        network, widths, limits, calibration, name: name, units: units, options: options)
    } catch let error as QuantizationError {
      throw InputError(modelPath, error.message, notes: error.hint.map { ["hint: \($0)"] } ?? [])
    }
    guard limits.accept(choice) else {
      complain(limits.complaint(choice))
      return .limitExceeded
    }
    choice.result.network = choice.network.laidOut(as: target.layout)
    let provenance = Provenance(
      version: version,
      command: commandLine(arguments, output: output, name: name),
      inputs: try files.map {
        .init(role: $0.role, file: baseName($0.path), sha256: try digest($0.path))
      })
    let header = HeaderWriter.header(
      for: choice.network, provenance: provenance, measured: choice.errors)
    try OutputFile.write(header, to: output)
    if arguments.has("--json") {
      print(try encode(QuantizationReport(choice, warnings: warnings)))
    } else {
      if !arguments.has("--quiet") { choice.printSummary(output) }
      print(choice.verdict(limits).line(for: STDOUT_FILENO))
    }
    return .success
  }

  /// Searches for what the limits ask, and measures it over all of the calibration data.
  private static func choose(
    _ network: Network, _ widths: Widths?, _ limits: Limits, _ calibration: Sequences, name: String,
    units: InputUnits?, options: Search.Options
  ) throws -> Choice {
    let progress = ProgressLine()
    defer { progress.clear() }
    let quantizer = try Quantizer(
      network, calibration: calibration, name: name, inputUnits: units)
    let search = Search(quantizer, calibration: calibration, options: options) {
      progress.show($0.name, $0.fraction)
    }
    func choice(_ widths: Widths, _ mixtures: [Search.Mixture]) throws -> Choice {
      try Choice(network, search.best(widths), mixtures, calibration)
    }
    guard widths == nil else { return try choice(widths!, []) }

    let mixtures = try search.mixtures(countingOutput: !limits.boundAccuracy)
    if !limits.boundAccuracy {
      let fitting = mixtures.last { $0.flash <= limits.flash! } ?? mixtures[0]
      return try choice(fitting.widths, mixtures)
    }
    // Tuning and carries come after the mixtures were measured, and may lift one over the limit.
    let promising = mixtures.filter { limits.mayAccept($0) }
    var best: Choice?
    for mixture in promising.isEmpty ? [mixtures.last!] : promising {
      let found = try choice(mixture.widths, mixtures)
      if limits.accept(found) { return found }
      if best.map({ found.sqnr > $0.sqnr }) ?? true { best = found }
    }
    return best!
  }

  private enum Switch: String, CaseIterable {
    case on
    case off
  }
}

// MARK: Arguments

extension Quantize {
  /// The widths that the user fixed; nil to search for them.
  private static func widths(_ word: String?, _ limits: Limits) throws -> Widths? {
    switch word ?? (limits.exist ? "auto" : "int8") {
    case "int8": return Widths(all: .int8)
    case "int16": return Widths(all: .int16)
    case "int8/int16": return Widths(input: .int8, recurrent: .int16)
    case "auto":
      guard limits.exist else {
        throw Failure.usage("'--weights auto' needs --max-flash, --max-error or --min-sqnr")
      }
      return nil
    case let other:
      throw Failure.usage(
        "option '--weights' is '\(other)', expected int8, int16, int8/int16 or auto")
    }
  }

  /// The value of an option that names one of a few.
  private static func choice<Value: RawRepresentable<String> & CaseIterable>(
    _ arguments: Arguments, _ option: String, _ type: Value.Type
  ) throws -> Value? {
    guard let word = arguments[option] else { return nil }
    guard let value = Value(rawValue: word) else {
      let words = Value.allCases.map(\.rawValue)
      throw Failure.usage(
        "option '\(option)' is '\(word)', expected "
          + words.dropLast().joined(separator: ", ") + " or \(words.last!)")
    }
    return value
  }

  /// A number, or a file with one number for each feature.
  private static func inputUnits(
    _ arguments: Arguments, _ network: Network
  ) throws -> InputUnits? {
    func numbers(_ option: String) throws -> [Double]? {
      guard let text = arguments[option] else { return nil }
      if let value = Double(text), value.isFinite { return [value] }
      guard text.hasSuffix(".npy") else {
        throw Failure.usage("option '\(option)' is '\(text)', expected a number or an .npy file")
      }
      let array = try NPY(path: text)
      guard array.shape == [network.inputSize] else {
        throw InputError(text, "has shape \(array.shape), expected [\(network.inputSize)]")
      }
      return Array(array.values)
    }
    let (scale, offset) = (try numbers("--input-scale"), try numbers("--input-offset"))
    guard scale != nil || offset != nil else { return nil }
    guard !network.readsTokens else {
      throw Failure.usage("tokens have no scale: leave out --input-scale and --input-offset")
    }
    if let wrong = scale?.first(where: { $0 <= 0 }) {
      throw Failure.usage("option '--input-scale' has \(wrong), expected numbers above 0")
    }
    return InputUnits(scale: scale ?? [1], offset: offset ?? [0])
  }

  /// Every file that the header is made from, with what it is there for.
  private static func inputFiles(_ arguments: Arguments) -> [(role: String, path: String)] {
    let model = arguments.operands[0]
    let files: [(role: String, path: String?)] = [
      ("model", model),
      ("network", NetworkDescription.file(ofModel: model, given: arguments["--network"])),
      ("calibration", arguments["--calibration"]), ("lengths", arguments["--lengths"]),
      ("input scale", arguments["--input-scale"]), ("input offset", arguments["--input-offset"]),
    ]
    return files.compactMap { role, path in
      guard let path, !role.hasPrefix("input") || path.hasSuffix(".npy") else { return nil }
      return (role, path)
    }
  }

  private static func symbolName(_ given: String?, output: String) throws -> String {
    if let given {
      guard isSymbolName(given) else {
        throw Failure.usage(
          "option '--name' is '\(given.prefix(40))', expected a C identifier of at most 64 letters")
      }
      return given
    }
    var stem = baseName(output)
    for suffix in [".h", "_model"] where stem.hasSuffix(suffix) {
      stem = String(stem.dropLast(suffix.count))
    }
    guard isSymbolName(stem) else {
      throw Failure.usage(
        "'\(stem.prefix(40))' from the output's name is no C identifier", hint: "give --name")
    }
    return stem
  }

  /// The command as the header's comment shows it: without folders.
  private static func commandLine(_ arguments: Arguments, output: String, name: String) -> String {
    var words = ["gru quantize", baseName(arguments.operands[0])]
    for option in ["--calibration", "--lengths", "--network"] {
      if let value = arguments[option] { words += [option, baseName(value)] }
    }
    words += ["--name", name]
    for option in [
      "--weights", "--max-flash", "--max-error", "--min-sqnr", "--target", "--rounding", "--carry",
      "--input-scale", "--input-offset",
    ] {
      if let value = arguments[option] { words += [option, baseName(value)] }
    }
    return (words + ["-o", baseName(output)]).joined(separator: " ")
  }
}

/// SHA-256 of a file's bytes, 64 hexadecimal digits.
func digest(_ path: String) throws -> String { sha256(try InputFile(path: path).bytes) }

func baseName(_ path: String) -> String { URL(fileURLWithPath: path).lastPathComponent }

/// Pretty, with sorted keys: the same text for the same values.
func encode(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}

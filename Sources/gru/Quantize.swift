import Foundation
import GRUHarness
import GRUQuantizer
import ModelFiles

/// Turns a trained model into a C header.
enum Quantize: Command {
  static let name = "quantize"
  static let summary = "turn a trained model into a C header"
  static let examples = [
    "gru quantize model.safetensors --calibration calibration.npy -o kws_model.h",
    "gru quantize model.safetensors --calibration c.npy -o kws_model.h --weights int16",
    "gru quantize model.safetensors --calibration c.npy -o kws_model.h --weights auto "
      + "--max-error 0.01",
  ]
  static let operands = ["MODEL"]
  static let options = [
    Option("--calibration", "X.npy", "typical inputs: (T, I) or (N, T, I)"),
    Option("--lengths", "L.npy", "steps of each calibration sequence"),
    Option("-o", "OUT.h", "the header to write"),
    Option("--network", "N.json", "which tensors form which layers"),
    Option("--name", "NAME", "prefix of all symbols (default: from OUT.h)"),
    Option("--weights", "FORMAT", "int8 (default), int16 or auto"),
    Option("--max-error", "E", "largest error of a hidden state allowed in calibration"),
    Option("--max-flash", "BYTES", "largest size of the constants allowed"),
    Option("--input-scale", "S", "raw inputs: real = S x raw + O; a number, or one each in .npy"),
    Option("--input-offset", "O", "see --input-scale (default 0)"),
    Option("--json", nil, "print the result as JSON"),
  ]

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let output = try arguments.required("-o")
    let calibrationPath = try arguments.required("--calibration")
    let name = try symbolName(arguments["--name"], output: output)
    let limits = Limits(
      error: try arguments.number("--max-error"), flash: try arguments.count("--max-flash"))
    let candidates = try widths(arguments["--weights"] ?? "int8", limits)
    let modelPath = arguments.operands[0]
    try refuseOverwriting([modelPath, calibrationPath], by: output)

    let network = try Network(model: modelPath, description: arguments["--network"])
    let calibration = try Sequences(path: calibrationPath, lengths: arguments["--lengths"])
    try calibration.require(
      tokens: network.readsTokens, size: network.inputSize, calibrationPath,
      notes: ["note: layer '\(network.layers[0].name)' of \(modelPath) reads \(network.inputSize)"])
    let units = try inputUnits(arguments, network)
    var results: [Result] = []
    for widths in candidates {
      // int16 leaves nothing to compensate; otherwise the better of both roundings is kept.
      let hasInt8 = widths != .init(all: .int16)
      let roundings: [Quantizer.Rounding] = hasInt8 ? [.compensated, .nearest] : [.nearest]
      let result = try roundings.map { rounding in
        let quantizer = Quantizer(
          widths: widths, rounding: rounding, name: name, inputUnits: units)
        return try Result(network, quantizer, calibration, modelPath)
      }.max { $0.lowestSQNR < $1.lowestSQNR }!
      results.append(result)
      if limits.error != nil, limits.accept(result) { break }
    }
    guard let chosen = limits.choose(results) else {
      complain(limits.complaint(results))
      return .limitExceeded
    }
    let provenance = Provenance(
      version: version,
      command: commandLine(arguments, output: output, name: name),
      inputs: [
        .init(role: "model", file: baseName(modelPath), sha256: try digest(modelPath)),
        .init(
          role: "calibration", file: baseName(calibrationPath),
          sha256: try digest(calibrationPath)),
      ])
    let header = HeaderWriter.header(
      for: chosen.network, provenance: provenance, measured: chosen.errors)
    try OutputFile.write(Data(header.utf8), to: output)
    if arguments.has("--json") {
      print(try encode(QuantizationReport(chosen.network, errors: chosen.errors)))
    } else {
      printSummary(chosen, output)
    }
    return .success
  }

  /// One way to quantize, and the error that it brings on the calibration data.
  struct Result {
    var network: QuantizedNetwork
    var errors: [MeasuredError]

    init(
      _ source: Network, _ quantizer: Quantizer, _ calibration: Sequences, _ path: String
    ) throws {
      do throws(QuantizationError) {
        network = try quantizer.quantize(source, calibration: calibration)
      } catch {
        throw InputError(path, error.message, notes: error.hint.map { ["hint: \($0)"] } ?? [])
      }
      let comparison = try Comparison(source, network, over: calibration)
      errors = comparison.layers.map { layer in
        MeasuredError(
          steps: comparison.steps, maximum: layer.hidden.maximum, rms: layer.hidden.rms,
          sqnr: layer.hidden.sqnr ?? .infinity)
      }
    }

    var largestError: Double { errors.map(\.maximum).max() ?? 0 }
    var lowestSQNR: Double { errors.map(\.sqnr).min() ?? .infinity }
  }

  /// What the user allows.
  struct Limits {
    var error: Double?
    var flash: Int?

    func accept(_ result: Result) -> Bool {
      result.largestError <= error ?? .infinity && result.network.constantSize <= flash ?? .max
    }

    /// The smallest that meets the error, or the most accurate that fits the flash.
    func choose(_ results: [Result]) -> Result? {
      let accepted = results.filter(accept)
      return flash == nil ? accepted.first : accepted.max { $0.lowestSQNR < $1.lowestSQNR }
    }

    func complaint(_ results: [Result]) -> String {
      let found = results.map {
        "note: \($0.network.constantSize) bytes have a largest error of "
          + String(format: "%.2e", $0.largestError)
      }
      return (["error: no allowed weights meet the limit; nothing was written"] + found)
        .joined(separator: "\n")
    }
  }
}

// MARK: Arguments

extension Quantize {
  /// From the smallest to the largest.
  private static func widths(_ word: String, _ limits: Limits) throws -> [Quantizer.Widths] {
    switch word {
    case "int8": return [.init(all: .int8)]
    case "int16": return [.init(all: .int16)]
    case "auto":
      guard (limits.error == nil) != (limits.flash == nil) else {
        throw Failure.usage("'--weights auto' needs either --max-error or --max-flash")
      }
      return [.init(all: .int8), .init(input: .int8, recurrent: .int16), .init(all: .int16)]
    default:
      throw Failure.usage("option '--weights' is '\(word)', expected int8, int16 or auto")
    }
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
      return array.values
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

  private static func refuseOverwriting(_ inputs: [String], by output: String) throws {
    func place(_ path: String) -> String {
      URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    }
    if let input = inputs.first(where: { place($0) == place(output) }) {
      throw Failure.usage("the output '\(output)' is also the input '\(input)'")
    }
  }

  /// The command as the header's comment shows it: without folders.
  private static func commandLine(_ arguments: Arguments, output: String, name: String) -> String {
    var words = ["gru quantize", baseName(arguments.operands[0])]
    for option in ["--calibration", "--lengths", "--network"] {
      if let value = arguments[option] { words += [option, baseName(value)] }
    }
    words += ["--name", name]
    for option in ["--weights", "--max-error", "--max-flash", "--input-scale", "--input-offset"] {
      if let value = arguments[option] { words += [option, baseName(value)] }
    }
    return (words + ["-o", baseName(output)]).joined(separator: " ")
  }

  private static func digest(_ path: String) throws -> String {
    sha256(try InputFile(path: path).bytes)
  }

  private static func printSummary(_ result: Result, _ output: String) {
    let network = result.network
    print("wrote \(output)")
    for (index, layer) in network.layers.enumerated() {
      let lines = layer.summary(readsTokens: index == 0 && network.readsTokens)
      print("  layer \(index)    \(lines.joined(separator: "\n             "))")
    }
    for (index, error) in result.errors.enumerated() {
      print(
        String(
          format: "  cell %d     hidden state: SQNR %.1f dB, RMS error %.1e, largest %.1e", index,
          error.sqnr, error.rms, error.maximum))
    }
    print("  flash      \(network.constantSize) bytes of constants")
    print("  RAM        \(network.stateSize) bytes of state, \(network.scratchSize) of scratch")
    if let bound = network.accumulatorBounds.first {
      print(
        String(
          format: "  proved     accumulators below 2^31; closest 2^%.1f: ",
          log2(Double(bound.accumulator))) + bound.row)
    }
  }
}

func baseName(_ path: String) -> String { URL(fileURLWithPath: path).lastPathComponent }

/// Pretty, with sorted keys: the same text for the same values.
func encode(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}

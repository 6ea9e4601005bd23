import Foundation
import ModelFiles
import TestSupport
import Testing

/// The right command and something more, which is wrong.
private func fault(_ words: [String], _ errors: String) -> FaultCase {
  FaultCase(
    String(words.joined(separator: " ").prefix(40)), "error: " + errors, code: 64, words: words)
}

/// A whole command.
private func fault(command: String, _ errors: String) -> FaultCase {
  FaultCase(command, "error: " + errors, code: 64, command)
}

private func name(_ name: String) -> FaultCase {
  fault(
    ["--name", name],
    "option '--name' is '\(name.prefix(40))', expected a C identifier of at most 64 letters")
}

private let words = [
  fault(
    ["--calibrate", "c.npy"], "unknown option '--calibrate'\nhint: did you mean '--calibration'?"),
  fault(["--xyzzy"], "unknown option '--xyzzy'"),
  fault(["--calibration", "c.npy"], "option '--calibration' is given twice"),
  fault(["--json", "--json"], "option '--json' is given twice"),
  fault(["--lengths"], "option '--lengths' needs a value, L.npy"),
  fault(["--lengths", "--json"], "option '--lengths' needs a value, L.npy"),
  fault(["--lengths", ""], "option '--lengths' is empty"),
  fault(["more"], "found 2 operands [\"m.safetensors\", \"more\"], expected MODEL"),
  fault(["\u{1B}[2J\n"], "found 2 operands [\"m.safetensors\", \"\\u{1B}[2J\\n\"], expected MODEL"),
  fault(["--\u{1B}[2J\n"], "unknown option '--\\u{1B}[2J\\u{A}'"),
  fault(command: "quantise", "unknown command 'quantise'\nhint: did you mean 'quantize'?"),
  fault(command: "xyzzyxyzzy", "unknown command 'xyzzyxyzzy'\nhint: gru --help lists them"),
  fault(command: "quantize m.safetensors -o out.h", "option '--calibration' is missing"),
  fault(command: "quantize --calibration c.npy -o out.h", "found 0 operands [], expected MODEL"),
  fault(
    command: "quantize m.safetensors --calibration c.npy -o 9-x.h",
    "'9-x' from the output's name is no C identifier\nhint: give --name"),
]

private let names =
  ["1x", "int", "a-b", "../x", "é", "\"; system", "_x", "gru", "GRU", "a b"]
  .map(name) + [name(String(repeating: "a", count: 300))]

private let wholeNumber = "expected a whole number above 0"
private let values = [
  fault(["--max-error", "much"], "option '--max-error' is 'much', expected a number above 0"),
  fault(["--max-error", "nan"], "option '--max-error' is 'nan', expected a number above 0"),
  fault(["--max-error", "1e999"], "option '--max-error' is '1e999', expected a number above 0"),
  fault(["--max-error", "-1"], "option '--max-error' is '-1', expected a number above 0"),
  fault(["--min-sqnr", "high"], "option '--min-sqnr' is 'high', expected a number"),
  fault(["--max-flash", "-3"], "option '--max-flash' is '-3', \(wholeNumber)"),
  fault(["--max-flash", "0"], "option '--max-flash' is '0', \(wholeNumber)"),
  fault(
    ["--max-flash", "99999999999999999999"],
    "option '--max-flash' is '99999999999999999999', \(wholeNumber)"),
  fault(
    ["--weights", "int4"], "option '--weights' is 'int4', expected int8, int16, int8/int16 or auto"),
  fault(["--weights", "auto"], "'--weights auto' needs --max-flash, --max-error or --min-sqnr"),
  fault(
    ["--rounding", "up"], "option '--rounding' is 'up', expected nearest, compensated or tuned"),
  fault(["--carry", "8"], "option '--carry' is '8', expected on or off"),
  fault(["--input-scale", "-2"], "option '--input-scale' has -2.0, expected numbers above 0"),
  fault(
    ["--input-scale", "x"], "option '--input-scale' is 'x', expected a number or an .npy file"),
]

/// An output that is one of the inputs, by name or by another way to the same file.
private let overwritten = [
  fault(
    command: "quantize m.safetensors --calibration c.npy --name x -o m.safetensors",
    "the output 'm.safetensors' is also the input 'm.safetensors'"),
  fault(
    command: "quantize m.safetensors --calibration c.npy --name x -o ./c.npy",
    "the output './c.npy' is also the input 'c.npy'"),
  fault(
    command: "quantize m.safetensors --calibration c.npy --lengths out.h --name x -o out.h",
    "the output 'out.h' is also the input 'out.h'"),
  fault(
    command: "run out.h --inputs c.npy -o out.h", "the output 'out.h' is also the input 'out.h'"),
  fault(
    command: "vectors out.h --inputs c.npy -o c.npy",
    "the output 'c.npy' is also the input 'c.npy'"),
  fault(
    command: "live out.h --inputs c.npy -o c.npy",
    "the output 'c.npy' is also the input 'c.npy'"),
]

@Suite("Argument faults") struct ArgumentFaultTests {
  @Test(
    "a wrong argument is refused in words and with code 64",
    arguments: words + names + values + overwritten)
  func refused(_ fault: FaultCase) throws { try fault.check() }

  @Test("a limit that nothing meets: code 1, nothing written")
  func noLimitMet() throws {
    try Folders.withTemporary { folder in
      try SafetensorsBuilder.gru(inputs: 3, hidden: 4, outputs: 2).data
        .write(to: folder.appendingPathComponent("m.safetensors"))
      let data = RandomNetworks.inputs(width: 3, steps: 80, seed: 1).sequences[0].values
      try NPYBuilder.float32(shape: [80, 3], data).write(to: folder.appendingPathComponent("c.npy"))
      let words = FaultCase.quantize.split(separator: " ").map(String.init)
      let result = try Tool.run(words + ["--max-error", "1e-9"], in: folder)
      #expect(result.code == 1)
      #expect(
        result.errors.hasPrefix("error: no allowed weights meet the limit; nothing was written\n"))
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
          == ["c.npy", "m.safetensors"])
    }
  }
}

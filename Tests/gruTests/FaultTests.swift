import Foundation
import ModelFiles
import TestSupport
import Testing

/// Something that the user got wrong, the exit code, and a part of the message.
private struct Fault: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let code: Int32
  let message: String
  let arguments: [String]
  let prepare: @Sendable (URL) throws -> Void

  init(
    _ description: String, _ code: Int32, _ message: String, _ arguments: String,
    _ prepare: @escaping @Sendable (URL) throws -> Void = { _ in }
  ) {
    testDescription = description
    self.code = code
    self.message = message
    self.arguments = arguments.split(separator: " ").map(String.init)
    self.prepare = prepare
  }
}

private let good = "quantize m.safetensors --calibration c.npy -o out.h"

@Sendable private func model(_ folder: URL, _ change: (inout SafetensorsBuilder) -> Void) throws {
  var builder = SafetensorsBuilder.gru(inputs: 3, hidden: 4, outputs: 2)
  change(&builder)
  try builder.data.write(to: folder.appendingPathComponent("m.safetensors"))
}

private let faults: [Fault] = [
  Fault(
    "wrong shape", 65,
    "m.safetensors: tensor 'gru.weight_hh_l0' has shape [24, 4], expected [12, 4]", good
  ) { try model($0) { $0.reshape("gru.weight_hh_l0", [24, 4]) } },
  Fault("missing tensor", 65, "m.safetensors: tensor 'gru.weight_hh_l0' is missing", good) {
    try model($0) { $0.remove("gru.weight_hh_l0") }
  },
  Fault(
    "NaN weight", 65,
    "m.safetensors: tensor 'gru.bias_ih_l0' has 1 values that are NaN or infinite, the first at "
      + "index 3, expected finite numbers", good
  ) { try model($0) { $0.tensors[2].values[3] = .nan } },
  Fault("truncated model", 65, "the file has only", good) { folder in
    let url = folder.appendingPathComponent("m.safetensors")
    try Data(contentsOf: url).dropLast(100).write(to: url)
  },
  Fault("wrong feature count", 65, "c.npy: has 5 features per step, expected 3", good) {
    try NPY.float32(shape: [4, 5], Array(repeating: 0.5, count: 20))
      .write(to: $0.appendingPathComponent("c.npy"))
  },
  Fault("NaN in calibration", 65, "c.npy: has 1 values that are NaN", good) {
    try NPY.float32(shape: [1, 3], [1, .nan, 0]).write(to: $0.appendingPathComponent("c.npy"))
  },
  Fault("no rows in calibration", 65, "expected at least one time step", good) {
    try NPY.float32(shape: [0, 3], []).write(to: $0.appendingPathComponent("c.npy"))
  },
  Fault(
    "model missing", 66, "nothing: no such file", "quantize nothing --calibration c.npy -o out.h"),
  Fault(
    "model is a folder", 66, "is not a regular file", "quantize . --calibration c.npy -o out.h"),
  Fault(
    "model is a device", 66, "is not a regular file",
    "quantize /dev/zero --calibration c.npy -o out.h"),
  Fault("unknown command", 64, "did you mean 'quantize'?", "quantise"),
  Fault("unknown option", 64, "did you mean '--calibration'?", "\(good) --calibrate c.npy"),
  Fault("option twice", 64, "'--calibration' is given twice", "\(good) --calibration c.npy"),
  Fault("missing value", 64, "'--name' needs a value", "\(good) --name"),
  Fault(
    "missing option", 64, "option '--calibration' is missing", "quantize m.safetensors -o out.h"),
  Fault("no operand", 64, "expected MODEL", "quantize --calibration c.npy -o out.h"),
  Fault("number", 64, "'--max-error' is 'much', expected a number", "\(good) --max-error much"),
  Fault("bytes", 64, "expected a whole number above 0", "\(good) --max-flash -3"),
  Fault("format", 64, "'--weights' is 'int4'", "\(good) --weights int4"),
  Fault(
    "auto without a limit", 64, "needs --max-flash, --max-error or --min-sqnr",
    "\(good) --weights auto"),
  Fault("rounding", 64, "'--rounding' is 'up', expected nearest", "\(good) --rounding up"),
  Fault("carry", 64, "'--carry' is '8', expected on or off", "\(good) --carry 8"),
  Fault("name 1x", 64, "'--name' is '1x'", "\(good) --name 1x"),
  Fault("name int", 64, "'--name' is 'int'", "\(good) --name int"),
  Fault(
    "name from output", 64, "give --name", "quantize m.safetensors --calibration c.npy -o 9-x.h"),
  Fault(
    "output is an input", 64, "is also the input",
    "quantize m.safetensors --calibration c.npy -o ./c.npy --name x"),
  Fault(
    "output is the description", 64, "is also the input",
    "quantize m.safetensors --calibration c.npy --name kws --network n.json -o n.json"),
  Fault(
    "no folder", 73, "cannot be created",
    "quantize m.safetensors --calibration c.npy -o no/such/out.h"),
  Fault(
    "no folder, before a search that would fail", 73, "cannot be created",
    "quantize m.safetensors --calibration c.npy -o no/such/out.h --max-error 1e-9"),
  Fault(
    "output is a folder", 73, "is not a regular file",
    "quantize m.safetensors --calibration c.npy -o sub --name x"
  ) {
    try FileManager.default.createDirectory(
      at: $0.appendingPathComponent("sub"), withIntermediateDirectories: true)
  },
  Fault(
    "output is a device", 73, "is not a regular file",
    "quantize m.safetensors --calibration c.npy -o /dev/null --name x"),
  Fault("input scale below 0", 64, "'--input-scale' has -2.0", "\(good) --input-scale -2"),
  Fault("input scale", 64, "expected a number or an .npy file", "\(good) --input-scale x"),
  Fault("input offset of another width", 65, "expected [3]", "\(good) --input-offset o.npy") {
    try NPY.float32(shape: [2], [1, 2]).write(to: $0.appendingPathComponent("o.npy"))
  },
  Fault("no limit met", 1, "nothing was written", "\(good) --max-error 1e-9"),
]

@Suite("Faults") struct FaultTests {
  @Test("each fault has its exit code and message, and leaves no output", arguments: faults)
  fileprivate func reported(_ fault: Fault) throws {
    try Folders.withTemporary { folder in
      try model(folder) { _ in }
      let data = RandomNetworks.inputs(width: 3, steps: 80, seed: 1).sequences[0].values
      try NPY.float32(shape: [80, 3], data).write(to: folder.appendingPathComponent("c.npy"))
      try fault.prepare(folder)
      let before = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      let result = try Tool.run(fault.arguments, in: folder)
      #expect(result.code == fault.code, "\(result.errors)")
      #expect(result.errors.hasPrefix("error: "))
      #expect(result.errors.contains(fault.message), "\(result.errors)")
      #expect(result.output.isEmpty)
      let after = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      #expect(before == after)
    }
  }

  @Test("a failed run leaves an older header as it was")
  func keepsOld() throws {
    try Folders.withTemporary { folder in
      try model(folder) { $0.tensors[0].values[0] = .infinity }
      try Data("old".utf8).write(to: folder.appendingPathComponent("out.h"))
      let result = try Tool.run(good.split(separator: " ").map(String.init), in: folder)
      #expect(result.code == 65)
      #expect(try Data(contentsOf: folder.appendingPathComponent("out.h")) == Data("old".utf8))
    }
  }

  @Test("a symbolic link is written through, and the mode stays")
  func link() throws {
    try Folders.withTemporary { folder in
      try model(folder) { _ in }
      try NPY.float32(shape: [2, 3], [1, 2, 3, 4, 5, 6])
        .write(to: folder.appendingPathComponent("c.npy"))
      let target = folder.appendingPathComponent("target.h")
      try Data("old".utf8).write(to: target)
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: target.path)
      try FileManager.default.createSymbolicLink(
        at: folder.appendingPathComponent("out.h"), withDestinationURL: target)
      let result = try Tool.run(good.split(separator: " ").map(String.init), in: folder)
      #expect(result.code == 0, "\(result.errors)")
      let link = try FileManager.default.attributesOfItem(
        atPath: folder.appendingPathComponent("out.h").path)
      #expect(link[.type] as? FileAttributeType == .typeSymbolicLink)
      let attributes = try FileManager.default.attributesOfItem(atPath: target.path)
      #expect(attributes[.posixPermissions] as? Int == 0o600)
      #expect(try Data(contentsOf: target).count > 1_000)
    }
  }
}

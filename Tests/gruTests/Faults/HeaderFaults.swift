import Foundation
import ModelFiles
import TestSupport
import Testing

/// A header that `gru quantize` wrote, and the model that it is of.
private struct Written {
  let model = SafetensorsBuilder.gru(inputs: 3, hidden: 4, outputs: 2).data
  let header: String

  /// Once for all tests.
  static let one = try! Written()

  private init() throws {
    header = try Folders.withTemporary { [model] folder in
      try model.write(to: folder.appendingPathComponent("m.safetensors"))
      let data = RandomNetworks.inputs(width: 3, steps: 80, seed: 1).sequences[0].values
      try NPYBuilder.float32(shape: [80, 3], data).write(to: folder.appendingPathComponent("c.npy"))
      let words = FaultCase.quantize.split(separator: " ").map(String.init)
      let result = try Tool.run(words + ["--name", "kws"], in: folder)
      #expect(result.code == 0, "\(result.errors)")
      return try String(contentsOf: folder.appendingPathComponent("out.h"), encoding: .utf8)
    }
  }

  /// The number of the line that holds `text`.
  func line(of text: String) -> Int {
    header.split(separator: "\n", omittingEmptySubsequences: false)
      .firstIndex { $0.contains(text) }! + 1
  }

  /// The line after `text`, which begins a list.
  func firstValue(of array: String) -> String {
    let start = header.range(of: "\(array)[")!.lowerBound
    return header[start...].split(separator: "\n")[1].split(separator: ",")[0]
      .trimmingCharacters(in: .whitespaces)
  }
}

private let validate = "validate m.safetensors --header h.h --inputs c.npy"

/// Row 35: a header that is changed.
private func fault(
  _ description: String, _ errors: @escaping @Sendable (Written) -> String,
  _ change: @escaping @Sendable (Written) -> String
) -> FaultCase {
  FaultCase(
    "35 " + description, "error: h.h: " + errors(.one), validate
  ) { ["m.safetensors": Written.one.model, "h.h": Data(change(.one).utf8)] }
}

/// One place of the header is replaced.
private func fault(
  _ description: String, _ old: String, by new: String,
  _ errors: @escaping @Sendable (Int) -> String
) -> FaultCase {
  fault(description, { errors($0.line(of: old)) }) { written in
    let range = written.header.range(of: old)!
    return written.header.replacingCharacters(in: range, with: new)
  }
}

/// The first value of an array is replaced.
private func fault(
  _ description: String, firstOf array: String, by new: String,
  _ errors: @escaping @Sendable (Int) -> String
) -> FaultCase {
  fault(description, { errors($0.line(of: "\(array)[") + 1) }) { written in
    let start = written.header.range(of: "\(array)[")!.upperBound
    let old = written.header.range(
      of: written.firstValue(of: array), range: start..<written.header.endIndex)!
    return written.header.replacingCharacters(in: old, with: new)
  }
}

private let foreign = "has no format version, expected a header that gru quantize wrote"
private let damaged = "it was edited or damaged after it was written"

private let edits = [
  fault("empty", { _ in foreign }) { _ in "" },
  fault("foreign", { _ in foreign }) { _ in "#include <stdio.h>\nint main(void) { return 0; }\n" },
  fault(
    "cut off in an array",
    { "line \($0.line(of: "kws_layer0_rows[")): ends too early, expected '='" }
  ) {
    String($0.header.prefix(upTo: $0.header.range(of: "kws_layer0_rows[40]")!.upperBound))
  },
  fault(
    "cut off before its last line",
    { "line \($0.line(of: "#ifndef KWS_MODEL_H")): has no '#endif': the file was cut off" }
  ) {
    String($0.header.dropLast("#endif /* KWS_MODEL_H */\n".count))
  },
  fault("cut off in a comment", { _ in "line 1: a comment has no end: the file was cut off" }) {
    String($0.header.prefix(200))
  },
  fault("another format version", "GRU_FORMAT_VERSION != 2", by: "GRU_FORMAT_VERSION != 3") {
    "line \($0): has format version 3, expected 2\nhint: quantize the network anew"
  },
  fault("a number for the version", "  GRU_FORMAT_VERSION,", by: "  2,") {
    "line \($0 - 1): 'kws_model'[0] is no name"
  },
  fault("layer count -1", "  2, /* layers */", by: "  -1, /* layers */") {
    "line \($0 - 2): 'kws_model'[1] is -1, expected 1 to 16"
  },
  fault("layer count 10^18", "  2, /* layers */", by: "  1000000000000000000, /* layers */") {
    "line \($0 - 2): 'kws_model'[1] is 1000000000000000000, expected 1 to 16"
  },
  fault("huge sizes", "GRU_LAYER_CELL, 3, 4,", by: "GRU_LAYER_CELL, 65535, 65535,") { _ in
    "line \(Written.one.line(of: "gru_cell_t kws_layer0 =")): 'kws_layer0' has 21 words of "
      + "weights, too few for 65535 x 65535"
  },
  fault("size 0", "GRU_LAYER_CELL, 3, 4,", by: "GRU_LAYER_CELL, 0, 4,") {
    "line \($0 - 1): 'kws_layers[0]'[1] is 0, expected 1 to 65535"
  },
  fault("a number that no integer holds", firstOf: "kws_layer0_rows", by: "99999999999999999999") {
    "line \($0): '99999999999999999999' is not a number"
  },
  fault(
    "a sum that no integer holds", firstOf: "kws_layer0_rows",
    by: "-9223372036854775807 - 9223372036854775807"
  ) { "line \($0): a sum is not a number" },
  fault("a word of 33 bits", firstOf: "kws_layer0_weights", by: "0x1FFFFFFFF") {
    "line \($0): 'kws_layer0_weights'[0] is 8589934591, expected UInt32"
  },
  fault("a float for an integer", firstOf: "kws_layer0_rows", by: "1.0f") {
    "line \($0): 'kws_layer0_rows'[0] is 1.0f, expected Int32"
  },
  fault("an array with one value more", firstOf: "kws_layer0_rows", by: "1, 2") { line in
    "line \(line - 1): 'kws_layer0_rows' has 41 values, expected 40"
  },
  fault(
    "a definition twice",
    {
      "line \($0.header.split(separator: "\n", omittingEmptySubsequences: false).count): 'kws_layer0' is defined twice"
    }
  ) {
    $0.header + "static const int kws_layer0 = 1;"
  },
  fault(
    "nested braces",
    {
      "line \($0.header.split(separator: "\n", omittingEmptySubsequences: false).count): braces are nested too deeply"
    }
  ) {
    $0.header + "static const int x = " + String(repeating: "{", count: 200_000)
  },
  fault("an input scale of 0", { _ in "an input scale is not a positive float" }) { written in
    written.header.replacing(/_INPUT_SCALE [0-9].*f/, with: "_INPUT_SCALE 0.0f")
  },
]

/// Large files that are no headers: read without taking memory for their tokens.
private let large = [
  fault("ten million numbers", { _ in foreign }) { _ in
    "static const int32_t x[1] = {\n" + String(repeating: "1,", count: 10_000_000) + "1};\n"
  },
  fault("ten million names", { _ in foreign }) { _ in
    String(repeating: "a ", count: 10_000_000)
  },
  fault("five million comments", { _ in foreign }) { _ in
    String(repeating: "/**/", count: 5_000_000)
  },
  fault(
    "many macros",
    { _ in "has more than 1000 definitions, expected a header that gru quantize wrote" }
  ) { _ in (0..<500_000).map { "#define A\($0) B\n" }.joined() },
  fault(
    "many definitions",
    { _ in "has more than 1000 definitions, expected a header that gru quantize wrote" }
  ) { _ in (0..<500_000).map { "static const int a\($0) = 1;\n" }.joined() },
]

@Suite("Header faults") struct HeaderFaultTests {
  @Test(
    "a damaged header is refused with its line, quickly, in little memory",
    arguments: edits + large)
  func refused(_ fault: FaultCase) throws { try fault.check() }

  @Test("every changed weight, bias and multiplier is noticed by the checksum")
  func checksum() throws {
    for array in ["kws_layer0_weights", "kws_layer0_rows", "kws_layer1_weights", "kws_layer1_rows"]
    {
      let isWord = array.hasSuffix("weights")
      let new = isWord ? "0x81828384" : "12345"
      try Folders.withTemporary { folder in
        let start = Written.one.header.range(of: "\(array)[")!.upperBound
        let range = Written.one.header.range(
          of: Written.one.firstValue(of: array), range: start..<Written.one.header.endIndex)!
        try Written.one.header.replacingCharacters(in: range, with: new)
          .write(to: folder.appendingPathComponent("h.h"), atomically: false, encoding: .utf8)
        try Written.one.model.write(to: folder.appendingPathComponent("m.safetensors"))
        let result = try Tool.run(validate.split(separator: " ").map(String.init), in: folder)
        #expect(result.code == 65)
        #expect(
          result.errors.wholeMatch(
            of: /error: h\.h: its constants have CRC-32 0x\w{8}, expected 0x\w{8}: (.*)\n/)?.1
            ?? "" == damaged, "\(result.errors)")
      }
    }
  }

  @Test("a header with the line ends of Windows is the same header")
  func lineEnds() throws {
    try Folders.withTemporary { folder in
      try Written.one.model.write(to: folder.appendingPathComponent("m.safetensors"))
      try NPYBuilder.floats(Array(repeating: 0.25, count: 240), shape: [80, 3])
        .write(to: folder.appendingPathComponent("c.npy"))
      try Written.one.header.replacingOccurrences(of: "\n", with: "\r\n")
        .write(to: folder.appendingPathComponent("h.h"), atomically: false, encoding: .utf8)
      let result = try Tool.run(validate.split(separator: " ").map(String.init), in: folder)
      #expect(result.code == 0, "\(result.errors)")
    }
  }

  /// Something beside the inputs, one sequence of 80 steps, that `validate` holds its results against.
  private func besides(
    _ option: String, _ errors: String, _ data: @escaping @Sendable () -> Data
  ) throws {
    try FaultCase(
      "\(option): \(errors)", "error: l.npy: " + errors, validate + " \(option) l.npy"
    ) {
      [
        "m.safetensors": Written.one.model, "h.h": Data(Written.one.header.utf8),
        "l.npy": data(),
      ]
    }.check()
  }

  @Test("33 labels that are no class of the network are refused", arguments: [2, -1, Int64.max])
  func labels(label: Int64) throws {
    let written = label == .max ? "9223372036854775808" : String(label)
    try besides("--labels", "sequence 0 has the label \(written), expected 0 to 1") {
      NPYBuilder.integers([label])
    }
  }

  @Test("33 labels and expected values of the wrong shape are refused before the network runs")
  func shapes() throws {
    let expected = ", expected integers of shape [1] or [1, T]"
    try besides("--labels", "has integers of shape [2]" + expected) { NPYBuilder.integers([0, 1]) }
    try besides("--labels", "has floats of shape [1]" + expected) {
      NPYBuilder.floats([0], shape: [1])
    }
    try besides("--labels", "has shape [1, 79], expected labels of at least 80 steps") {
      NPYBuilder.integers(Array(repeating: 0, count: 79), shape: [1, 79])
    }
    for (option, width, shape) in [
      ("--expect-hidden", 4, [79, 4]), ("--expect-hidden", 4, [80, 5]),
      ("--expect-output", 2, [2, 80, 2]), ("--expect-output", 2, [1, 80, 4]),
    ] {
      let bounds = "N up to 1 and T at least 80"
      try besides(option, "has shape \(shape), expected [N, T, \(width)] with \(bounds)") {
        NPYBuilder.floats(Array(repeating: 0, count: shape.reduce(1, *)), shape: shape)
      }
    }
  }

  @Test("a header of another network is refused with the layers of both")
  func otherNetwork() throws {
    try FaultCase(
      "another network",
      "error: h.h: has layers [[3, 4], [4, 2]], expected [[5, 4], [4, 2]]\n"
        + "note: these are the layers of m.safetensors", validate
    ) {
      [
        "m.safetensors": SafetensorsBuilder.gru(inputs: 5, hidden: 4, outputs: 2).data,
        "h.h": Data(Written.one.header.utf8),
      ]
    }.check()
  }
}

import Foundation
import TestSupport
import Testing

/// A GRU's file of one type in which every byte is the same.
private func model(_ dtype: String, size: Int, rows: Int, hidden: Int) -> Data {
  var (header, end) = ("", 0)
  for (name, shape) in [("ih", [rows, 1]), ("hh", [rows, hidden])] {
    let start = end
    end += shape.reduce(size, *)
    header +=
      "\"gru.weight_\(name)_l0\":{\"dtype\":\"\(dtype)\",\"shape\":\(shape),"
      + "\"data_offsets\":[\(start),\(end)]},"
  }
  return SafetensorsBuilder.file(
    header: "{\(header.dropLast())}", payload: Data(repeating: 0x3C, count: end))
}

private func bytes(_ shape: String, count: Int) -> Data {
  NPYBuilder.file(
    NPYBuilder.header("|i1", shape), payload: Data(repeating: 1, count: count - 1) + [100])
}

/// Files large enough that what is kept of them beside their bytes shows, although a number in them
/// takes fewer bytes than a double.
private let faults = [
  FaultCase(
    "refused for its shapes, 64 MB of F16",
    "error: m.safetensors: tensor 'gru.weight_hh_l0' has shape [11200, 2800], expected 3H = 8400 "
      + "rows of gates; it looks like an LSTM: 4H rows"
  ) { ["m.safetensors": model("F16", size: 2, rows: 11_200, hidden: 2_800)] },
  FaultCase(
    "refused for its last number, 64 MB of BF16",
    "error: m.safetensors: tensor 'gru.weight_hh_l0' has 1 values that are NaN or infinite, "
      + "the first at index 31359999, expected finite numbers"
  ) {
    let model = model("BF16", size: 2, rows: 11_200, hidden: 2_800)
    return ["m.safetensors": model.dropLast(2) + [0x80, 0x7F]]
  },
  FaultCase(
    "refused for a weight too many, 16 MB of F16",
    "error: m.safetensors: has 8391768 weights up to layer 'gru', expected at most 8388608"
  ) { ["m.safetensors": model("F16", size: 2, rows: 3 * 1_672, hidden: 1_672)] },
  FaultCase(
    "refused for layers that share their tensors, 2 MB of F16",
    "error: m.safetensors: has 8654400 weights up to layer 'gru', expected at most 8388608"
  ) {
    let layers = Array(repeating: #"{"kind":"gru","tensors":"gru"}"#, count: 16)
    return [
      "m.safetensors": model("F16", size: 2, rows: 3 * 600, hidden: 600),
      "network.json": Data(#"{"format":1,"layers":[\#(layers.joined(separator: ","))]}"#.utf8),
    ]
  },
  FaultCase(
    "refused for its last token, 48 MB of int8",
    "error: c.npy: token 47999999 of sequence 0 is 100, expected 0 to 5\n"
      + "note: layer 'gru' of m.safetensors reads 6"
  ) {
    var builder = SafetensorsBuilder.gru(inputs: 6, hidden: 4)
    builder.metadata["network"] =
      #"{\"format\":1,\"layers\":[{\"kind\":\"onehot\",\"size\":6},"#
      + #"{\"kind\":\"gru\",\"tensors\":\"gru\"}]}"#
    return ["m.safetensors": builder.data, "c.npy": bytes("(48000000,)", count: 48_000_000)]
  },
  FaultCase(
    "refused for its kind, 48 MB of int8",
    "error: c.npy: has integers, which are tokens, expected float features\n"
      + "note: layer 'gru' of m.safetensors reads 3"
  ) { ["c.npy": bytes("(48000000,)", count: 48_000_000)] },
]

@Suite("Memory", .serialized) struct MemoryFaultTests {
  @Test("a large file is refused in little more memory than its own", arguments: faults)
  func refused(_ fault: FaultCase) throws { try fault.check() }

  @Test(
    "the largest network is shown in four times its file and 64 MiB",
    arguments: [("F16", 2), ("F32", 4), ("F64", 8)])
  func accepted(dtype: String, size: Int) throws {
    try Folders.withTemporary { folder in
      let model = model(dtype, size: size, rows: 3 * 1_671, hidden: 1_671)
      try model.write(to: folder.appendingPathComponent("m.safetensors"))
      let result = try Tool.run(
        ["inspect", "m.safetensors"], in: folder,
        addressSpace: FaultCase.programSize + 4 * model.count + 64 << 20)
      #expect(result.errors == "" && result.code == 0)
      #expect(result.output.hasSuffix("pass: gru quantize takes this network\n"))
    }
  }
}

@Suite("Memory of data") struct DataMemoryTests {
  @Test(
    "data of any length are run in four times their file and 64 MiB",
    arguments: [
      (
        hidden: 2,
        commands: [
          "quantize m.safetensors --calibration t.npy --name m --rounding nearest -o m.h",
          "validate m.safetensors --header m.h --inputs t.npy --report r.html",
          "run m.h --inputs t.npy -o h.npy",
          "inspect m.safetensors --inputs t.npy --expect-hidden h.npy",
          "vectors m.h --inputs t.npy --steps 419430 -o v.h",
          "live m.h --inputs l.npy --classes y.json --rate 1000000",
          "live m.h --inputs t.npy --classes y.json -o l.h",
        ]
      ),
      // Results of 128 bytes for each byte of data.
      (
        hidden: 32,
        commands: [
          "quantize m.safetensors --calibration c.npy --name m --rounding nearest -o m.h",
          "run m.h --inputs t.npy -o h.npy",
        ]
      ),
    ])
  func long(hidden: Int, commands: [String]) throws {
    try Folders.withTemporary { folder in
      for (name, steps) in [("t.npy", 600_000), ("c.npy", 100), ("l.npy", 4_000_000)] {
        let tokens = NPYBuilder.file(
          NPYBuilder.header("|i1", "(\(steps),)"),
          payload: Data((0..<steps).map { UInt8(truncatingIfNeeded: $0 * $0 / 7 % 3) }))
        try tokens.write(to: folder.appendingPathComponent(name))
      }
      let builder = SafetensorsBuilder.gru(inputs: 3, hidden: hidden, outputs: 2)
      try builder.data.write(to: folder.appendingPathComponent("m.safetensors"))
      let layers =
        #"[{"kind":"onehot","size":3},{"kind":"gru","tensors":"gru"},"#
        + #"{"kind":"dense","tensors":"fc"}]"#
      for (name, text) in [
        ("network.json", #"{"format":1,"layers":\#(layers)}"#), ("y.json", #"["no", "yes"]"#),
      ] {
        try Data(text.utf8).write(to: folder.appendingPathComponent(name))
      }
      for words in commands {
        let steps = words.contains("l.npy") ? 4_000_000 : 600_000
        let result = try Tool.run(
          words.split(separator: " ").map(String.init), in: folder,
          addressSpace: FaultCase.programSize + 4 * steps + 64 << 20)
        #expect(result.code == (words.hasPrefix("inspect") ? 1 : 0), "\(words): \(result.errors)")
      }
    }
  }

  @Test(
    "weights are fitted in four times the files and 64 MiB",
    arguments: [
      (inputs: 1, hidden: 53, steps: 40_000), (inputs: 20_000, hidden: 4, steps: 100),
    ])
  func fitted(inputs: Int, hidden: Int, steps: Int) throws {
    try Folders.withTemporary { folder in
      var generator = SeededGenerator(seed: 1)
      func write(_ name: String, _ data: Data) throws -> Int {
        try data.write(to: folder.appendingPathComponent(name))
        return data.count
      }
      // Of long rows most weights are 0: the sums of others could not be proved.
      let weights = (0..<3 * hidden).flatMap { _ in
        (0..<inputs).map { $0 < 30 ? Float.random(in: -0.5...0.5, using: &generator) : 0 }
      }
      var model = SafetensorsBuilder.gru(inputs: inputs, hidden: hidden)
      model.tensors[0].values = weights
      let values = (0..<steps * inputs).map { _ in Float.random(in: -1...1, using: &generator) }
      let size =
        try write("m.safetensors", model.data)
        + write("c.npy", NPYBuilder.float32(shape: [steps, inputs], values))
      let result = try Tool.run(
        "quantize m.safetensors --calibration c.npy -o m.h".split(separator: " ").map(String.init),
        in: folder, addressSpace: FaultCase.programSize + 4 * size + 64 << 20)
      #expect(result.code == 0, "\(result.errors)")
    }
  }

  @Test("a header takes as many numbers as fill a device's flash, and not one more")
  func flash() throws {
    try Folders.withTemporary { folder in
      func run(_ words: String) throws -> Tool.Result {
        try Tool.run(words.split(separator: " ").map(String.init), in: folder)
      }
      func write(_ name: String, _ data: Data) throws {
        try data.write(to: folder.appendingPathComponent(name))
      }
      func zeros(_ type: String, _ shape: String, bytes: Int) -> Data {
        NPYBuilder.file(NPYBuilder.header(type, shape), payload: Data(count: bytes))
      }
      try write("m.safetensors", SafetensorsBuilder.gru(inputs: 3, hidden: 2, outputs: 3).data)
      try write("classes.json", Data(#"["no", "yes", "both"]"#.utf8))
      try write("c.npy", NPYBuilder.float32(shape: [1, 3], [0.5, 1, -1]))
      try write("x.npy", zeros("<f2", "(600000, 3)", bytes: 3_600_000))
      try write("y.npy", zeros("|u1", "(1, 600000)", bytes: 600_000))
      #expect(try run("quantize m.safetensors --calibration c.npy --name m -o m.h").code == 0)
      // Of a step: 3 inputs and a class; 3 inputs, 2 hidden states and 3 outputs.
      for (words, perStep) in [
        ("live m.h --inputs x.npy --labels y.npy --classes classes.json", 4),
        ("vectors m.h --inputs x.npy", 8),
      ] {
        let most = 2_097_152 / perStep
        #expect(try run("\(words) --steps \(most) -o out.h").code == 0)
        let refused = try run("\(words) --steps \(most + 1) -o more.h")
        #expect(refused.code == 65)
        #expect(
          refused.errors == "error: x.npy: \(most + 1) steps take \(2_097_152 + perStep) numbers "
            + "in a header, expected at most 2097152\nhint: --steps takes fewer\n")
      }
    }
  }
}

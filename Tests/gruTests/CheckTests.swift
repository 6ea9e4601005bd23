import Foundation
import ModelFiles
import TestSupport
import Testing

@Suite("gru check") struct CheckTests {
  private static let quantize = [
    "quantize", "m.safetensors", "--calibration", "c.npy", "--lengths", "l.npy", "-o",
    "kws_model.h",
  ]
  private static let check = ["check", "m.safetensors", "--header", "kws_model.h"]

  /// A header beside the model, the description, the calibration data and the lengths it was made of.
  private func withHeader(_ body: (URL) throws -> Void) throws {
    try Folders.withTemporary { folder in
      try SafetensorsBuilder.gru(inputs: 3, hidden: 4, outputs: 2).data
        .write(to: folder.appendingPathComponent("m.safetensors"))
      let data = RandomNetworks.inputs(width: 3, steps: 140, seed: 1).sequences[0].values
      try NPYBuilder.float32(shape: [2, 70, 3], data).write(
        to: folder.appendingPathComponent("c.npy"))
      try NPYBuilder.integers([70, 60]).write(to: folder.appendingPathComponent("l.npy"))
      try Data(
        """
        { "format": 1, "layers": [{ "kind": "gru", "tensors": "gru" },
          { "kind": "dense", "tensors": "fc", "activation": "none" }] }
        """.utf8
      ).write(to: folder.appendingPathComponent("network.json"))
      let quantized = try Tool.run(Self.quantize, in: folder)
      try #require(quantized.code == 0, "\(quantized.errors)")
      try body(folder)
    }
  }

  @Test("a header that fits its files passes, and says what it was made from")
  func fresh() throws {
    try withHeader { folder in
      let result = try Tool.run(Self.check, in: folder)
      #expect(result.code == 0, "\(result.errors)")
      #expect(
        result.output == """
          kws_model.h, by gru 0.1.0
            model        m.safetensors            unchanged
            network      network.json             unchanged
            calibration  c.npy                    unchanged
            lengths      l.npy                    unchanged

          """)
    }
  }

  @Test(
    "one changed byte of any file makes it stale",
    arguments: ["m.safetensors", "network.json", "c.npy", "l.npy"])
  func stale(name: String) throws {
    try withHeader { folder in
      let url = folder.appendingPathComponent(name)
      var bytes = try Data(contentsOf: url)
      // The last byte of the weights or values; a space more in the description.
      if name == "network.json" { bytes.append(0x20) } else { bytes[bytes.count - 4] ^= 1 }
      try bytes.write(to: url)
      let result = try Tool.run(Self.check, in: folder)
      #expect(result.code == 1)
      #expect(result.errors.hasPrefix("fail: kws_model.h is stale: \(name) changed\n"))
      #expect(
        result.errors.contains("hint: gru quantize m.safetensors --calibration c.npy"),
        "\(result.errors)")
    }
  }

  @Test("files other than the model may be elsewhere, or absent")
  func absent() throws {
    try withHeader { folder in
      let elsewhere = folder.appendingPathComponent("data")
      try FileManager.default.createDirectory(at: elsewhere, withIntermediateDirectories: false)
      for name in ["c.npy", "l.npy"] {
        try FileManager.default.moveItem(
          at: folder.appendingPathComponent(name), to: elsewhere.appendingPathComponent(name))
      }
      let beside = try Tool.run(Self.check, in: folder)
      #expect(beside.code == 0)
      #expect(
        beside.output.contains("  calibration  c.npy                    not found, not compared"))
      let given = try Tool.run(Self.check + ["--data", "data"], in: folder)
      #expect(given.output.contains("  calibration  c.npy                    unchanged"))
      try FileManager.default.removeItem(at: folder.appendingPathComponent("m.safetensors"))
      #expect(try Tool.run(Self.check, in: folder).code == 66)
    }
  }

  @Test("limits are those of validate, and need inputs")
  func limits() throws {
    try withHeader { folder in
      let inputs = ["--inputs", "c.npy", "--lengths", "l.npy"]
      let loose = try Tool.run(Self.check + inputs + ["--min-sqnr", "10"], in: folder)
      #expect(loose.code == 0, "\(loose.errors)")
      let strict = try Tool.run(Self.check + inputs + ["--min-sqnr", "200"], in: folder)
      #expect(strict.code == 1 && strict.output.contains("\nfail: "))
      let json = try Tool.run(Self.check + inputs + ["--json"], in: folder)
      #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(json.output.utf8)) }
      let without = try Tool.run(Self.check + ["--min-sqnr", "10"], in: folder)
      #expect(
        without.code == 64 && without.errors.contains("option '--min-sqnr' needs --inputs"))
    }
  }

  @Test("a header without the comment is refused, as it says nothing of its origin")
  func anonymous() throws {
    try withHeader { folder in
      let url = folder.appendingPathComponent("kws_model.h")
      let text = try String(contentsOf: url, encoding: .utf8)
      try Data(text[text.range(of: "#ifndef")!.lowerBound...].utf8).write(to: url)
      let result = try Tool.run(Self.check, in: folder)
      #expect(result.code == 65 && result.errors.contains("doesn't say what it was made from"))
    }
  }
}

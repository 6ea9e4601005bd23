import Foundation
import ModelFiles
import TestSupport
import Testing

/// Three features and two classes, in a folder with what `gru live` reads.
private func withClassifier(_ body: (URL, [String]) throws -> Void) throws {
  try Folders.withTemporary { folder in
    func file(_ name: String) -> URL { folder.appendingPathComponent(name) }
    try SafetensorsBuilder.gru(inputs: 3, hidden: 4, outputs: 2).data
      .write(to: file("m.safetensors"))
    let data = RandomNetworks.inputs(width: 3, steps: 70, seed: 1).sequences[0].values
    try NPYBuilder.float32(shape: [70, 3], data).write(to: file("x.npy"))
    try Data("[\"yes\", \"no\"]".utf8).write(to: file("classes.json"))
    let quantized = try Tool.run(
      ["quantize", "m.safetensors", "--calibration", "x.npy", "-o", "kws_model.h"], in: folder)
    try #require(quantized.code == 0, "\(quantized.errors)")
    try body(
      folder, ["live", "kws_model.h", "--inputs", "x.npy", "--classes", "classes.json"])
  }
}

@Suite("gru live") struct LiveTests {
  @Test("plays as many seconds as the steps last, or writes them for a device")
  func playsAndWrites() throws {
    try withClassifier { folder, live in
      let played = try Tool.run(live + ["--rate", "10", "--steps", "45"], in: folder)
      #expect(played.code == 0, "\(played.errors)")
      #expect(played.output.split(separator: "\n").count == 4)
      let written = try Tool.run(live + ["--steps", "45", "-o", "kws_recording.h"], in: folder)
      #expect(written.output == "wrote kws_recording.h: 45 steps\n", "\(written.errors)")
      let header = try String(
        contentsOf: folder.appendingPathComponent("kws_recording.h"), encoding: .utf8)
      #expect(header.contains("kws_recording_inputs[135]"))
      #expect(header.contains("  \"yes\",\n  \"no\"\n"))
    }
  }

  @Test("what doesn't fit the network is refused by name")
  func refusals() throws {
    try withClassifier { folder, live in
      func refused(_ words: [String], _ message: String, code: Int32 = 65) throws {
        let result = try Tool.run(words, in: folder)
        #expect(result.code == code)
        #expect(result.errors.contains(message), "\(result.errors)")
      }
      func write(_ text: String) throws {
        try Data(text.utf8).write(to: folder.appendingPathComponent("classes.json"))
      }
      try refused(live + ["--steps", "71"], "x.npy: its first sequence has 70 steps")
      try refused(live + ["--rate", "0"], "'--rate' is '0'", code: 64)
      try refused(live + ["--rate", "1000001"], "at most 1000000", code: 64)
      try refused(live + ["--free", "9"], "maps 3 inputs to 2 outputs", code: 64)
      try NPYBuilder.float32(shape: [70], [Double](repeating: 0, count: 70))
        .write(to: folder.appendingPathComponent("y.npy"))
      try refused(live + ["--labels", "y.npy"], "y.npy: has shape [70], expected integers [1] or")
      for (text, message) in [
        ("[\"yes\"]", "has 1 names, expected one for each of 2 outputs"),
        ("{\"yes\": 1}", "is no list of names"), ("[\"yes\", 1]", "is no list of names"),
        ("[\"yes\", \"n\\u0000\"]", "a zero character"), ("[", "at byte"),
      ] {
        try write(text)
        try refused(live, message)
      }
      try refused(["demo", "speekers"], "did you mean 'speakers'?", code: 64)
    }
  }
}

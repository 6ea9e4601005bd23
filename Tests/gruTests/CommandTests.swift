import Foundation
import ModelFiles
import TestSupport
import Testing

/// A folder with a small model, calibration data and inputs that fit each other.
private func withModel(_ body: (URL) throws -> Void) throws {
  try Folders.withTemporary { folder in
    try SafetensorsBuilder.gru(inputs: 3, hidden: 4, outputs: 2).data
      .write(to: folder.appendingPathComponent("m.safetensors"))
    let data = RandomNetworks.inputs(width: 3, steps: 70, seed: 1).sequences[0].values
    for name in ["c.npy", "x.npy"] {
      try NPYBuilder.float32(shape: [70, 3], data).write(to: folder.appendingPathComponent(name))
    }
    try body(folder)
  }
}

private let quantize = ["quantize", "m.safetensors", "--calibration", "c.npy", "-o", "kws_model.h"]

/// Three features that a network should not be calibrated with.
private struct PoorCalibration: CustomTestStringConvertible, Sendable {
  var warning: String
  var steps: Int
  /// By step and feature.
  var value: @Sendable (Int, Int) -> Double

  var testDescription: String { warning }

  static let all = [
    PoorCalibration(warning: "has 1 step, expected at least 64", steps: 1) { _, _ in 0.5 },
    PoorCalibration(warning: "every calibration value is 0", steps: 100) { _, _ in 0 },
    PoorCalibration(warning: "feature 0 and 2 more never changes", steps: 100) { _, _ in 0.5 },
    PoorCalibration(warning: "feature 1 never changes", steps: 100) { step, feature in
      feature == 1 ? 2 : sin(Double(step))
    },
    PoorCalibration(
      warning: "the value 1000 of feature 2, sequence 0, step 33", steps: 3_000
    ) { step, feature in
      step == 33 && feature == 2 ? 1_000 : sin(Double(step + feature))
    },
  ]
}

@Suite("Commands") struct CommandTests {
  @Test("files are read and written where the standard input is closed, as for a daemon")
  func closedInput() throws {
    try withModel { folder in
      let result = try Tool.run(
        ["-c", "exec \"$0\" \"$@\" <&-", Tool.executable.path] + quantize,
        executable: URL(fileURLWithPath: "/bin/sh"), in: folder)
      #expect(result.code == 0, "\(result.errors)")
      #expect(
        FileManager.default.fileExists(
          atPath: folder.appendingPathComponent("kws_model.h").path))
    }
  }

  @Test("quantize, validate, run and vectors work on each other's files")
  func wholeWay() throws {
    try withModel { folder in
      let quantized = try Tool.run(quantize, in: folder)
      #expect(quantized.code == 0, "\(quantized.errors)")
      let validated = try Tool.run(
        ["validate", "m.safetensors", "--header", "kws_model.h", "--inputs", "x.npy", "--json"],
        in: folder)
      #expect(validated.code == 0, "\(validated.errors)")
      let json = try #require(
        try JSONSerialization.jsonObject(with: Data(validated.output.utf8)) as? [String: Any])
      #expect(json["schema"] as? Int == 1 && json["pass"] as? Bool == true)
      let layer = try #require((json["layers"] as? [[String: Any]])?.first)
      #expect(layer["steps"] as? Int == 70)
      let sqnr = try #require((layer["hidden"] as? [String: Double])?["sqnr_db"])
      #expect(sqnr > 40 && sqnr < 80)
      #expect(json["reference"] == nil && json["task"] == nil)
      let measured = try #require(layer["max_step_error"] as? Double)
      let proved = try #require(layer["proved_step_error"] as? [String: Double])
      #expect(try measured > 0 && measured <= #require(proved["measured_inputs"]))
      let ablation = try #require(json["ablation"] as? [String: Any])
      #expect(ablation["header_sqnr_db"] as? Double == sqnr)
      #expect((ablation["parts"] as? [[String: Any]])?.count == 8)
      #expect(json["warnings"] as? [String] == [])

      let run = try Tool.run(
        ["run", "kws_model.h", "--inputs", "x.npy", "-o", "hidden.npy"], in: folder)
      #expect(run.code == 0, "\(run.errors)")
      let hidden = try NPY(path: folder.appendingPathComponent("hidden.npy").path)
      #expect(hidden.shape == [70, 4])

      let vectors = try Tool.run(
        ["vectors", "kws_model.h", "--inputs", "x.npy", "-o", "kws_vectors.h"], in: folder)
      #expect(vectors.code == 0, "\(vectors.errors)")
      #expect(vectors.output.contains("64 steps"))

      let bench = try Tool.run(["bench", "kws_model.h"], in: folder)
      #expect(bench.code == 0, "\(bench.errors)")
      #expect(bench.output.wholeMatch(of: /\d+ ns a step, \d+ steps a second\n/) != nil)
    }
  }

  @Test("quantize --json tells formats, bytes, bounds and the calibration error")
  func quantizeJSON() throws {
    try withModel { folder in
      let result = try Tool.run(quantize + ["--json"], in: folder)
      let json = try #require(
        try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
      #expect(json["name"] as? String == "kws")
      #expect((json["accumulator_bounds"] as? [Any])?.count == 7)
      #expect(json["ram_state"] as? Int == 8)
    }
  }

  @Test("units of the user's are said to keep W in 16 bits, where int8 was asked for or is default")
  func unitsKeepWide() throws {
    try withModel { folder in
      let note = "note: weights that read the inputs in the units given keep 16 bits\n"
      for (options, expected) in [
        (["--input-scale", "0.01"], note),
        (["--input-scale", "0.01", "--input-offset", "3"], note),
        (["--input-scale", "0.01", "--weights", "int16"], ""), ([], ""),
      ] {
        let result = try Tool.run(quantize + options, in: folder)
        #expect(result.code == 0 && result.errors == expected)
        #expect(result.output.contains("W int16, U int8") == !(expected.isEmpty))
      }
    }
  }

  @Test("the same command makes the same bytes in another folder, and an equal file is untouched")
  func reproducible() throws {
    var headers: [Data] = []
    for _ in 0..<2 {
      try withModel { folder in
        _ = try Tool.run(
          quantize, in: folder, environment: ["LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Tokyo"])
        let url = folder.appendingPathComponent("kws_model.h")
        headers.append(try Data(contentsOf: url))
        let before = try FileManager.default.attributesOfItem(atPath: url.path)
        _ = try Tool.run(quantize, in: folder)
        let after = try FileManager.default.attributesOfItem(atPath: url.path)
        #expect(before[.systemFileNumber] as? Int == after[.systemFileNumber] as? Int)
      }
    }
    #expect(headers[0] == headers[1])
  }

  /// What a test needs of `quantize --json`.
  private struct Report: Decodable {
    struct Mixture: Decodable {
      var flash: Int
      var sqnrDb: Double
      var chosen: Bool
    }
    struct Calibration: Decodable {
      var sqnrDb: Double
    }
    var flashWeights: Int
    var calibration: [Calibration]
    var pareto: [Mixture]
    var warnings: [String]
  }

  private func report(_ options: [String], in folder: URL) throws -> Report {
    let result = try Tool.run(quantize + options + ["--json"], in: folder)
    #expect(result.code == 0, "\(result.errors)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Report.self, from: Data(result.output.utf8))
  }

  @Test("a limit searches the widths: the smallest that are accurate, or the best that fit")
  func automatic() throws {
    try withModel { folder in
      let int8 = try report([], in: folder), int16 = try report(["--weights", "int16"], in: folder)
      #expect(int8.pareto.isEmpty)
      #expect(try report(["--max-error", "0.5"], in: folder).flashWeights == int8.flashWeights)

      let demanded = int8.calibration[0].sqnrDb + 5
      let accurate = try report(["--min-sqnr", String(demanded)], in: folder)
      #expect(accurate.calibration[0].sqnrDb >= demanded)
      #expect(accurate.flashWeights > int8.flashWeights)
      #expect(accurate.flashWeights < int16.flashWeights)
      let front = accurate.pareto
      #expect(zip(front, front.dropFirst()).allSatisfy { $0.flash < $1.flash })
      #expect(zip(front, front.dropFirst()).allSatisfy { $0.sqnrDb < $1.sqnrDb })
      #expect(front.count { $0.chosen } == 1)

      let budget = (int8.flashWeights + int16.flashWeights) / 2
      let fitting = try report(["--max-flash", String(budget)], in: folder)
      #expect(fitting.flashWeights <= budget)
      #expect(fitting.calibration[0].sqnrDb > int8.calibration[0].sqnrDb)
      let best = try #require(fitting.pareto.last { $0.flash <= budget })
      #expect(best.chosen && fitting.flashWeights == best.flash)

      let impossible = try Tool.run(quantize + ["--max-flash", "100"], in: folder)
      #expect(impossible.code == 1 && impossible.errors.contains("nothing was written"))
    }
  }

  @Test(
    "poor calibration data is told apart, and still makes a header that validates",
    arguments: PoorCalibration.all)
  fileprivate func poorCalibration(_ data: PoorCalibration) throws {
    try withModel { folder in
      let values = (0..<3 * data.steps).map { data.value($0 / 3, $0 % 3) }
      try NPYBuilder.float32(shape: [data.steps, 3], values).write(
        to: folder.appendingPathComponent("c.npy"))
      let found = try report([], in: folder).warnings
      #expect(found.contains { $0.contains(data.warning) }, "\(found)")
      let validation = try Tool.run(
        ["validate", "m.safetensors", "--header", "kws_model.h", "--inputs", "x.npy"], in: folder)
      #expect(validation.code == 0, "\(validation.errors)")
    }
  }

  @Test("inputs in other units are warned of, in text and in JSON, and the report fits 80 columns")
  func inputRange() throws {
    try withModel { folder in
      _ = try Tool.run(quantize, in: folder)
      let validate = ["validate", "m.safetensors", "--header", "kws_model.h", "--inputs", "x.npy"]
      for (factor, expected) in [
        (1, nil), (40, "warning: x.npy: feature 0 is clipped in "),
        (0.01, "warning: x.npy: the inputs use 1/"),
      ] {
        let data = RandomNetworks.inputs(width: 3, steps: 70, seed: 1).sequences[0].values
        try NPYBuilder.float32(shape: [70, 3], data.map { factor * $0 }).write(
          to: folder.appendingPathComponent("x.npy"))
        let text = try Tool.run(validate, in: folder)
        #expect(text.errors.hasPrefix(expected ?? "") && text.errors.isEmpty == (expected == nil))
        #expect(text.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
        let json = try JSONSerialization.jsonObject(
          with: Data(Tool.run(validate + ["--json"], in: folder).output.utf8))
        let warnings = try #require((json as? [String: Any])?["warnings"] as? [String])
        #expect(
          warnings.map { "warning: x.npy: \($0)\n" }.joined() == text.errors)
      }
    }
  }

  @Test("limits that are exceeded end with 1")
  func limits() throws {
    try withModel { folder in
      _ = try Tool.run(quantize, in: folder)
      let validate = ["validate", "m.safetensors", "--header", "kws_model.h", "--inputs", "x.npy"]
      for limit in [
        ["--max-error", "1e-09"], ["--min-sqnr", "150"], ["--min-agreement", "1.01"],
      ] {
        let result = try Tool.run(validate + limit, in: folder)
        #expect(result.code == 1 && result.errors.isEmpty)
        let verdict = try #require(result.output.split(separator: "\n").last)
        #expect(verdict.hasPrefix("fail: ") && verdict.hasSuffix(limit.joined(separator: " ")))
        let json = try Tool.run(validate + limit + ["--json"], in: folder)
        #expect(json.code == 1 && json.errors == verdict + "\n")
      }
    }
  }

  @Test("inspect compares hidden states, and ends with 1 where no reading matches")
  func selfCheck() throws {
    try withModel { folder in
      _ = try Tool.run(quantize, in: folder)
      _ = try Tool.run(
        ["run", "kws_model.h", "--inputs", "x.npy", "-o", "hidden.npy"], in: folder)
      // int8 states are no float32 states: close, but not what the float model has.
      let result = try Tool.run(
        ["inspect", "m.safetensors", "--inputs", "x.npy", "--expect-hidden", "hidden.npy"],
        in: folder)
      #expect(result.code == 1)
      #expect(result.output.contains("no gate order, reset or update convention would match"))
    }
  }

  @Test("inspect shows tensors and layers; tables --check passes; help and version are there")
  func others() throws {
    try withModel { folder in
      let inspect = try Tool.run(["inspect", "m.safetensors"], in: folder)
      #expect(inspect.code == 0)
      #expect(inspect.output.contains("gru.weight_hh_l0") && inspect.output.contains("(12, 4)"))
      #expect(inspect.output.contains("r, z, n; reset after, z keeps"))
      #expect(inspect.output.contains("\n2 layers, 3 inputs, 2 outputs\n"))
      try SafetensorsBuilder.gru(inputs: 1, hidden: 4, outputs: 1).data
        .write(to: folder.appendingPathComponent("single.safetensors"))
      let single = try Tool.run(["inspect", "single.safetensors"], in: folder)
      #expect(single.output.contains("\n2 layers, 1 input, 1 output\n"))
    }
    #expect(try Tool.run(["--version"]).output == "gru 0.1.0\n")
    for command in [
      "inspect", "quantize", "validate", "run", "vectors", "bench", "demo", "tables",
    ] {
      let help = try Tool.run([command, "--help"])
      #expect(help.code == 0 && help.output.contains("examples:\n  gru \(command)"))
    }
  }
}

import Foundation
import ModelFiles
import TestSupport
import Testing

/// A small network with a header that was chosen under a limit, and what quantizing printed.
private func withHeader(_ body: (URL) throws -> Void) throws {
  try Folders.withTemporary { folder in
    try SafetensorsBuilder.gru(inputs: 3, hidden: 4, outputs: 2).data
      .write(to: folder.appendingPathComponent("m.safetensors"))
    let data = RandomNetworks.inputs(width: 3, steps: 70, seed: 1).sequences[0].values
    try NPYBuilder.float32(shape: [70, 3], data).write(to: folder.appendingPathComponent("x.npy"))
    let quantized = try Tool.run(
      [
        "quantize", "m.safetensors", "--calibration", "x.npy", "--max-flash", "420", "-o",
        "kws_model.h", "--json",
      ], in: folder)
    #expect(quantized.code == 0, "\(quantized.errors)")
    try Data(quantized.output.utf8).write(to: folder.appendingPathComponent("q.json"))
    try body(folder)
  }
}

private let validate = [
  "validate", "m.safetensors", "--header", "kws_model.h", "--inputs", "x.npy",
]

/// The part of JSON Schema that our schemas use.
private struct ShapeCheck {
  let definitions: [String: Any]

  init(_ schema: [String: Any]) { definitions = schema["$defs"] as? [String: Any] ?? [:] }

  /// Places of a value that a schema does not allow, or does not describe.
  func faults(_ value: Any, _ schema: [String: Any], at place: String = "$") -> [String] {
    if let name = (schema["$ref"] as? String)?.split(separator: "/").last {
      return faults(value, definitions[String(name)] as! [String: Any], at: place)
    }
    if let constant = schema["const"] as? NSObject {
      return constant.isEqual(value) ? [] : ["\(place): is not \(constant)"]
    }
    switch schema["type"] as? String {
    case "object":
      guard let object = value as? [String: Any] else { return ["\(place): no object"] }
      let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
      let missing = (schema["required"] as? [String] ?? []).filter { object[$0] == nil }
      return missing.map { "\(place): no \($0)" }
        + object.flatMap { key, value in
          guard let part = properties[key] ?? schema["additionalProperties"] as? [String: Any]
          else { return ["\(place): \(key) is not described"] }
          return faults(value, part, at: "\(place).\(key)")
        }
    case "array":
      guard let array = value as? [Any] else { return ["\(place): no array"] }
      return array.enumerated().flatMap {
        faults($0.element, schema["items"] as! [String: Any], at: "\(place)[\($0.offset)]")
      }
    case "number", "integer": return value is NSNumber ? [] : ["\(place): no number"]
    case "string": return value is String ? [] : ["\(place): no string"]
    default: return []
    }
  }
}

@Suite("Reports and output") struct OutputTests {
  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test("what --json prints has the shape of its schema")
  func schemas() throws {
    try withHeader { folder in
      let quantized = try String(
        contentsOf: folder.appendingPathComponent("q.json"), encoding: .utf8)
      let validated = try Tool.run(validate + ["--json"], in: folder).output
      for (command, output) in [("quantize", quantized), ("validate", validated)] {
        let schema = try object(Tool.run(["schema", command]).output)
        #expect(schema["$id"] as? String == "gru:\(command):1")
        let check = ShapeCheck(schema)
        #expect(try check.faults(object(output), schema) == [])
        // The check itself: a key that is missing, one too many, another type.
        var spoiled = try object(output)
        spoiled["schema"] = nil
        spoiled["more"] = 1
        spoiled["warnings"] = 3
        #expect(check.faults(spoiled, schema).count == 3)
      }
      #expect(try Tool.run(["schema", "run"]).code == 64)
    }
  }

  @Test("a report is one file that loads nothing, and the same bytes each time")
  func page() throws {
    try withHeader { folder in
      let url = folder.appendingPathComponent("r.html")
      let arguments = validate + ["--report", "r.html", "--pareto", "q.json"]
      let result = try Tool.run(arguments, in: folder)
      #expect(result.code == 0, "\(result.errors)")
      let page = try String(contentsOf: url, encoding: .utf8)
      for id in [
        "causes", "output", "layer-0", "ranges", "device", "front", "figure-ablation",
        "figure-decisions", "figure-layer-0-time", "figure-front-curve",
      ] { #expect(page.contains("id=\"\(id)\""), "\(id)") }
      for word in ["<script", "<link", "<img", "src=", "href=", "@import", "url(", "nan", "inf\""] {
        #expect(!page.contains(word), "\(word)")
      }
      try FileManager.default.removeItem(at: url)
      let environment = ["LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Tokyo"]
      _ = try Tool.run(arguments, in: folder, environment: environment)
      #expect(try String(contentsOf: url, encoding: .utf8) == page)
    }
  }

  @Test("Markdown starts with the verdict, and no row of its tables has other columns")
  func markdown() throws {
    try withHeader { folder in
      _ = try Tool.run(validate + ["--report", "r.md", "--min-sqnr", "150"], in: folder)
      let text = try String(contentsOf: folder.appendingPathComponent("r.md"), encoding: .utf8)
      #expect(text.hasPrefix("### ❌ Fail: kws\n\nhidden SQNR "))
      let tables = text.components(separatedBy: "\n\n").filter { $0.hasPrefix("|") }
      #expect(tables.count == 3)
      for table in tables {
        let columns = table.split(separator: "\n").map { $0.count { $0 == "|" } }
        #expect(Set(columns).count == 1 && columns.count > 2)
      }
    }
  }

  @Test("--quiet leaves the verdict alone")
  func quiet() throws {
    try withHeader { folder in
      let commands = [
        ["inspect", "m.safetensors"], validate,
        ["quantize", "m.safetensors", "--calibration", "x.npy", "-o", "k_model.h"],
      ]
      for command in commands {
        let whole = try Tool.run(command, in: folder)
        let quiet = try Tool.run(command + ["--quiet"], in: folder)
        #expect(quiet.code == 0 && quiet.errors.isEmpty)
        #expect(quiet.output.wholeMatch(of: /pass: [^\n]+\n/) != nil)
        #expect(whole.output.hasSuffix("\n" + quiet.output))
        #expect(!whole.output.contains("\u{1B}"))
        #expect(whole.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
      }
    }
  }

  @Test("a tensor's long name is cut, so that its line fits")
  func longNames() throws {
    try Folders.withTemporary { folder in
      var model = SafetensorsBuilder.gru(inputs: 3, hidden: 4)
      let prefix = String(repeating: "encoder.", count: 20)
      for tensor in model.tensors { model.rename(tensor.name, to: prefix + tensor.name) }
      try model.data.write(to: folder.appendingPathComponent("m.safetensors"))
      let result = try Tool.run(["inspect", "m.safetensors"], in: folder)
      let rows = result.output.split(separator: "\n").prefix(5)
      #expect(rows.allSatisfy { $0.count <= 80 } && rows[1].contains("…"))
    }
  }

  @Test("a report of no known kind, a curve without a report, or of another header is refused")
  func refusals() throws {
    try withHeader { folder in
      func refused(_ options: [String], _ code: Int32, _ message: String) throws {
        let result = try Tool.run(validate + options, in: folder)
        #expect(result.code == code && result.errors.contains(message), "\(result.errors)")
      }
      try refused(["--report", "r.pdf"], 64, "expected a name ending in .html or .md")
      try refused(["--pareto", "q.json"], 64, "'--pareto' is for a report")
      try refused(["--report", "no/r.html"], 73, "cannot be created")
      try refused(["--report", "r.html", "--pareto", "none.json"], 66, "no such file")
      try refused(
        ["--report", "r.html", "--pareto", "m.safetensors"], 65, "not what gru quantize --json")
      let other = try Tool.run(
        [
          "quantize", "m.safetensors", "--calibration", "x.npy", "--max-flash", "420", "-o",
          "other_model.h", "--json",
        ], in: folder)
      try Data(other.output.utf8).write(to: folder.appendingPathComponent("o.json"))
      try refused(["--report", "r.html", "--pareto", "o.json"], 65, "is of a header 'other'")
      let fixed = try Tool.run(
        ["quantize", "m.safetensors", "--calibration", "x.npy", "-o", "kws_model.h", "--json"],
        in: folder)
      try Data(fixed.output.utf8).write(to: folder.appendingPathComponent("f.json"))
      try refused(["--report", "r.html", "--pareto", "f.json"], 65, "has no Pareto curve")
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/r.html"))
    }
  }
}

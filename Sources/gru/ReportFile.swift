import Foundation
import GRUHarness
import GRUQuantizer
import GRUReport
import ModelFiles

/// The report that `gru validate` was asked for, and what it shows beside the validation.
struct ReportFile {
  enum Format {
    case page
    case markdown
  }

  let path: String
  let format: Format
  /// What `gru quantize --json` printed.
  private let quantization: (path: String, result: Quantization)?

  /// What a report needs of that.
  private struct Quantization: Decodable {
    var command: String
    var name: String
    var flashWeights: Int
    var pareto: [FrontPoint]

    private enum CodingKeys: String, CodingKey {
      case command, name, pareto
      case flashWeights = "flash_weights"
    }
  }

  /// Fails as `write` would, before the work whose result it writes.
  init?(_ arguments: Arguments) throws {
    guard let path = arguments["--report"] else {
      guard arguments["--pareto"] == nil else {
        throw Failure.usage("option '--pareto' is for a report", hint: "give --report OUT.html")
      }
      return nil
    }
    self.path = path
    switch URL(fileURLWithPath: path).pathExtension.lowercased() {
    case "html", "htm": format = .page
    case "md", "markdown": format = .markdown
    default:
      throw Failure.usage("option '--report' is '\(path)', expected a name ending in .html or .md")
    }
    quantization = try arguments["--pareto"].map { ($0, try Self.read($0)) }
    try OutputFile.check(
      path,
      isNoneOf: arguments.paths(
        "--header", "--inputs", "--lengths", "--labels", "--expect-hidden", "--expect-output",
        "--network", "--pareto"))
  }

  private static func read(_ path: String) throws -> Quantization {
    let bytes = try InputFile(path: path).bytes
    guard let result = try? JSONDecoder().decode(Quantization.self, from: bytes),
      result.command == "quantize"
    else { throw InputError(path, "is not what gru quantize --json prints") }
    guard !result.pareto.isEmpty else {
      throw InputError(
        path, "has no Pareto curve",
        notes: ["hint: quantize with --max-flash, --max-error or --min-sqnr"])
    }
    return result
  }

  /// A curve of another header would mislead.
  func checkFront(of header: QuantizedNetwork) throws {
    guard let (path, result) = quantization else { return }
    guard result.name == header.name, result.flashWeights == header.constantSize else {
      throw InputError(
        path,
        "is of a header '\(result.name)' with \(result.flashWeights) bytes of constants, expected "
          + "'\(header.name)' with \(header.constantSize)")
    }
  }

  func write(_ validation: Validation) throws {
    let front = quantization?.result.pareto ?? []
    let text =
      switch format {
      case .page: ReportPage(validation, front: front, version: version).html
      case .markdown: MarkdownReport(validation, front: front, version: version).text
      }
    try OutputFile.write(text, to: path)
  }
}

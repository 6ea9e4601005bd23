import Charts
public import GRUHarness
import ModelFiles

/// A validation as Markdown for a pull request: the verdict first, tables after it.
public struct MarkdownReport {
  public let text: String

  public init(_ validation: Validation, front: [FrontPoint] = [], version: String) {
    let verdict = Verdict(validation)
    let network = validation.network
    var parts = [
      "### \(verdict.passes ? "✅ Pass" : "❌ Fail"): \(Self.plain(network.name))",
      Self.plain(verdict.reason) + ".",
    ]
    if !validation.warnings.isEmpty {
      parts.append(
        validation.warnings.map { "> ⚠️ " + Self.plain($0) }.joined(separator: "\n>\n"))
    }
    parts.append(Self.numbers(validation))
    parts.append(Self.layers(validation))
    if let device = validation.device { parts.append(Self.device(device)) }
    if let ablation = validation.ablation {
      parts.append(Self.details("What each part costs", Self.causes(ablation)))
    }
    if !front.isEmpty {
      parts.append(Self.details("What flash buys, before tuning", Self.front(front)))
    }
    let sequences = network.sequences == 1 ? "1 sequence" : "\(network.sequences) sequences"
    parts.append(
      "<sub>\(NumberText.count(network.steps)) steps in \(sequences), gru \(version)</sub>")
    text = parts.joined(separator: "\n\n") + "\n"
  }

  // MARK: Parts

  private static func numbers(_ validation: Validation) -> String {
    let (output, memory) = (validation.output, validation.memory)
    var rows: [[String]] = []
    if let agreement = output.agreement {
      rows.append(["equal decisions", NumberText.percent(agreement)])
    }
    if let task = validation.task {
      rows.append([
        "accuracy, float → fixed",
        "\(NumberText.percent(task.accuracyFloat)) → \(NumberText.percent(task.accuracyFixed))",
      ])
    }
    rows += [
      ["output SQNR", NumberText.decibels(output.error.sqnr) + " dB"],
      [
        "flash",
        "\(NumberText.count(memory.flashWeights)) B + \(NumberText.count(memory.flashTables)) B "
          + "of tables",
      ],
      [
        "RAM",
        "\(NumberText.count(memory.ramState)) B of state + "
          + "\(NumberText.count(memory.ramScratch)) B of scratch",
      ],
    ]
    return table(["", "value"], rows)
  }

  private static func layers(_ validation: Validation) -> String {
    var rows: [[String]] = []
    for layer in validation.layers {
      let names = ["hidden state"] + Gates<String>.names.inOrder
      for (name, error) in zip(names, [layer.hidden] + layer.gates.inOrder) {
        rows.append([
          name == names[0] ? "**\(plain(layer.name))**, \(name)" : name,
          NumberText.decibels(error.sqnr), NumberText.significant(error.rms, digits: 2),
          NumberText.significant(error.maximum, digits: 2),
          name == names[0] ? layer.time.drift.map { NumberText.fixed($0, 2) } ?? "" : "",
        ])
      }
    }
    return table(["error of", "SQNR, dB", "RMS", "largest", "drift"], rows)
  }

  private static func device(_ device: DeviceComparison) -> String {
    (["**\(plain(device.title))**", ""] + device.facts.map { "- \($0.name): \(plain($0.text))" })
      .joined(separator: "\n")
  }

  private static func causes(_ ablation: Ablation) -> String {
    let rows = ablation.parts.map {
      [
        $0.part, NumberText.decibels($0.exactSQNR),
        $0.gain.map { NumberText.signed($0) } ?? "exact", NumberText.decibels($0.aloneSQNR),
      ]
    }
    return table(["part", "SQNR if made exact, dB", "gain", "alone"], rows)
  }

  private static func front(_ front: [FrontPoint]) -> String {
    let rows = front.map {
      [
        $0.chosen ? "**\(NumberText.count($0.flash))**" : NumberText.count($0.flash),
        NumberText.decibels($0.sqnr),
        $0.int16.isEmpty ? "none" : plain($0.int16.joined(separator: "; ")),
      ]
    }
    return table(["bytes", "SQNR, dB", "in int16"], rows)
  }

  // MARK: Form

  private static func table(_ columns: [String], _ rows: [[String]]) -> String {
    let rule = ["---"] + Array(repeating: "---:", count: columns.count - 1)
    return ([columns, rule] + rows).map { "| " + $0.joined(separator: " | ") + " |" }
      .joined(separator: "\n")
  }

  private static func details(_ title: String, _ content: String) -> String {
    "<details><summary>\(title)</summary>\n\n\(content)\n\n</details>"
  }

  /// Text of which no character is markup, on one line.
  static func plain(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "\n", "\t": result += " "
      case "\\", "`", "*", "_", "[", "]", "|", "~", "#", "@": result += "\\\(character)"
      default: result += escaped(String(character))
      }
    }
    return result
  }
}

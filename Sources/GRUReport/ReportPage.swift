import Charts
public import GRUHarness

/// A validation as one page that needs nothing else: no script, no font, no picture from elsewhere.
/// The same bytes for the same validation.
public struct ReportPage {
  public let html: String

  /// - Parameters:
  ///   - front: what `gru quantize` found for other sizes of flash; empty where it did not search.
  ///   - version: of the tool.
  public init(_ validation: Validation, front: [FrontPoint] = [], version: String) {
    let name = validation.network.name
    let sections = Self.sections(validation, front)
    let head =
      element("meta", ["charset": "utf-8"])
      + element(
        "meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
      + element("meta", ["name": "color-scheme", "content": "light dark"])
      + element("meta", ["name": "generator", "content": "gru \(version)"])
      + element("title", [:], escaped("\(name): fixed point against float"))
      + element("style", [:], Self.stylesheet)
    let body =
      element(
        "main", [:],
        Self.header(validation) + sections.map(\.html).joined(separator: "\n")
          + Self.footer(version))
    html =
      "<!doctype html>\n"
      + element("html", ["lang": "en"], element("head", [:], head) + element("body", [:], body))
      + "\n"
  }

  private static func sections(_ validation: Validation, _ front: [FrontPoint]) -> [Section] {
    var sections: [Section] = []
    if let ablation = validation.ablation { sections.append(.causes(ablation)) }
    sections.append(.output(validation))
    for (index, layer) in validation.layers.enumerated() {
      let traces = validation.traces?.cells[index] ?? []
      sections.append(
        .layer(layer, index: index, traces: traces, sequences: validation.network.sequences))
    }
    let sqnr = validation.layers.compactMap(\.hidden.sqnr).min()
    if let device = validation.device { sections.append(.board(device)) }
    sections.append(.ranges(validation))
    sections.append(.device(validation.memory, validation.accumulators))
    if !front.isEmpty {
      sections.append(.front(front, flash: validation.memory.flashWeights, sqnr: sqnr))
    }
    return sections
  }

  // MARK: Top and bottom

  private static func header(_ validation: Validation) -> String {
    let network = validation.network
    let verdict = Verdict(validation)
    let sequences = network.sequences == 1 ? "1 sequence" : "\(network.sequences) sequences"
    let layers = network.layers.map { layer in
      element("li", [:], prose(layer.replacing("->", with: "→")))
    }.joined()
    let warnings = validation.warnings.map { element("li", [:], prose($0)) }.joined()
    return element(
      "header", [:],
      element("p", ["class": "kicker"], "Fixed point against float")
        + element("h1", [:], escaped(network.name))
        + element(
          "p", ["class": "verdict \(verdict.word)"],
          element("strong", [:], verdict.passes ? "✓ Pass" : "✕ Fail") + " "
            + prose(verdict.reason))
        + element("dl", ["class": "numbers"], numbers(validation).joined())
        + element(
          "p", [:],
          "\(NumberText.count(network.steps)) steps in \(sequences) through "
            + (network.layers.count == 1 ? "one layer:" : "\(network.layers.count) layers:"))
        + element("ul", ["class": "plain"], layers)
        + (warnings.isEmpty
          ? ""
          : element(
            "div", ["class": "warnings"],
            element("h2", [:], "Warnings") + element("ul", [:], warnings))))
  }

  private static func numbers(_ validation: Validation) -> [String] {
    func number(_ title: String, _ value: String, _ unit: String, _ note: String) -> String {
      element(
        "div", [:],
        element("dt", [:], escaped(title))
          + element("dd", [:], escaped(value) + element("span", [:], escaped(unit)))
          + element("dd", ["class": "note"], prose(note)))
    }
    let memory = validation.memory
    var numbers: [String] = []
    if let worst = validation.worstLayer {
      let sqnr = validation.layers.compactMap(\.hidden.sqnr).min()
      numbers += [
        number(
          "Hidden state", NumberText.decibels(sqnr), sqnr == nil ? "" : "dB",
          "SQNR, 6 dB a bit"),
        number(
          "Largest error", NumberText.short(worst.hidden.maximum), "",
          "\(NumberText.short(worst.hidden.maximum / worst.lsb)) LSB, layer \(worst.name)"),
      ]
    }
    if let agreement = validation.output.agreement {
      numbers.append(
        number(
          "Equal decisions", NumberText.percent(agreement).replacing(" %", with: ""), "%",
          validation.task.map(accuracy) ?? "float against fixed"))
    }
    return numbers + [
      number(
        "Flash", NumberText.count(memory.flashWeights + memory.flashTables), "B",
        "constants, without code"),
      number(
        "RAM", NumberText.count(memory.ramState + memory.ramScratch), "B",
        "\(memory.ramState) kept between steps"),
    ]
  }

  private static func accuracy(_ task: Validation.Task) -> String {
    let (float, fixed) = (
      NumberText.percent(task.accuracyFloat), NumberText.percent(task.accuracyFixed)
    )
    return float == fixed ? "\(float) right in both" : "right: \(float) in float, \(fixed) in fixed"
  }

  private static func footer(_ version: String) -> String {
    element(
      "footer", [:],
      element(
        "p", [:],
        "Written by gru \(escaped(version)) from the emitted header, the very file that a device "
          + "compiles. Errors are the runtime’s value minus the float model’s."))
  }
}

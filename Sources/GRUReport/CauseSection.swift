import Charts
import GRUHarness

extension Section {
  /// What each part of the header costs.
  static func causes(_ ablation: Ablation) -> Section {
    let rows = ablation.parts.map { part in
      RowChart.Row(
        part.part,
        part.gain.map { [.bar(from: 0, to: $0, style: $0 >= 0 ? "error" : "quiet")] } ?? [],
        value: part.gain.map { NumberText.signed($0) } ?? "exact")
    }
    let alone = ablation.parts.compactMap { part in
      part.aloneSQNR.map { sqnr in
        RowChart.Row(
          part.part, [.dot(sqnr, style: "fixed")], value: NumberText.fixed(sqnr, 1))
      }
    }
    let header = ablation.sqnr ?? 0
    return Section(
      id: "causes", title: "Where the error comes from",
      introduction: "The step was run again with each rounding left out, over "
        + "\(NumberText.count(ablation.steps)) steps.",
      figures: [
        Figure(
          id: "ablation", title: "What making one part exact would gain",
          caption:
            "The longest bar to the right is where more bits pay; bars to the left are parts "
            + "whose errors the others were chosen to make up for.",
          picture: RowChart(
            rows: rows, xTitle: "gain in SQNR, dB", valueTitle: "dB", includes: [-1, 1]
          ).svg),
        Figure(
          id: "alone", title: "SQNR with this part alone rounded",
          caption: "The part furthest to the left limits the header; those far to the right could "
            + "do with fewer bits.",
          picture: RowChart(
            rows: alone, xTitle: "SQNR, dB", valueTitle: "dB", includes: [header],
            guides: [.init(header, "header \(NumberText.fixed(header, 1))")]
          ).svg),
      ])
  }
}

extension NumberText {
  static func signed(_ value: Double) -> String {
    let text = fixed(value, 1)
    return text.hasPrefix("−") ? text : "+" + text
  }
}

import Charts
import GRUHarness

extension Section {
  /// What the network puts out, and what it decides.
  static func output(_ validation: Validation) -> Section {
    let output = validation.output
    var text =
      "SQNR \(NumberText.decibels(output.error.sqnr)) dB, RMS error "
      + "\(NumberText.short(output.error.rms)), largest \(NumberText.short(output.error.maximum))."
    if let agreement = output.agreement {
      text += " \(NumberText.percent(agreement)) of decisions are equal."
    }
    if let task = validation.task {
      text +=
        " Accuracy: float \(NumberText.percent(task.accuracyFloat)), fixed "
        + "\(NumberText.percent(task.accuracyFixed))."
    }
    let traces = (validation.traces?.outputs ?? []).prefix(3).map { trace in
      Figure.trace(
        trace, id: "output-\(trace.unit)", name: "Output \(trace.unit)",
        sequences: validation.network.sequences,
        caption: "RMS error \(NumberText.short(trace.rms)) over all steps: noise around 0 is "
          + "harmless, a difference that stays is a bias.")
    }
    let decisions = output.confusion.map { Figure.decisions($0) }
    return Section(
      id: "output", title: "Output", introduction: text,
      figures: (decisions.map { [$0] } ?? []) + traces)
  }
}

extension Figure {
  /// More classes than this are told by their disagreements alone.
  private static let mostClasses = 40
  private static let mostPairs = 8

  fileprivate static func decisions(_ confusion: Confusion) -> Figure {
    let different = confusion.disagreements
    let count = different.reduce(0) { $0 + $1.count }
    let hasPicture = confusion.classes <= mostClasses
    let caption =
      (hasPicture ? "Off the diagonal the two models" : "The two models") + " decide differently: "
      + "\(NumberText.count(count)) of \(NumberText.count(confusion.decisions)) decisions."
    let table = different.isEmpty ? "" : Self.table(of: different)
    return Figure(
      id: "decisions", title: "Decisions, float against fixed", caption: caption,
      picture: { caption in
        guard hasPicture else { return "" }
        let classes = 0..<confusion.classes
        return MatrixChart(
          counts: classes.map { float in
            classes.map { confusion.count(float: float, fixed: $0) }
          },
          names: classes.map(String.init), rowTitle: "float ↓", columnTitle: "fixed →"
        ).svg(caption)
      },
      below: table)
  }

  private static func table(of disagreements: [Confusion.Disagreement]) -> String {
    Table(
      title: "Most frequent disagreements", columns: ["float", "fixed", "times"],
      rows: disagreements.prefix(mostPairs).map {
        [String($0.float), String($0.fixed), NumberText.count($0.count)]
      }
    ).html
  }
}

import Charts
import GRUHarness
import GRUQuantizer
import ModelFiles

extension Section {
  /// Where weights and activations lie.
  static func ranges(_ validation: Validation) -> Section {
    Section(
      id: "ranges", title: "Ranges",
      introduction: "Thin lines run from the smallest to the largest value, bars over one standard "
        + "deviation to both sides of the mean.",
      figures: [
        .weights(validation.weights), .activations(validation),
      ])
  }
}

extension ValueRange {
  fileprivate func marks(scale: Double = 1, style: String) -> [RowChart.Mark] {
    guard count > 0 else { return [] }
    return [
      .span(from: minimum / scale, to: maximum / scale, style: style),
      .bar(from: (mean - deviation) / scale, to: (mean + deviation) / scale, style: style),
    ]
  }

  fileprivate var text: String {
    guard count > 0 else { return "–" }
    let ends = [minimum, maximum].map { NumberText.significant($0, digits: 2) }
    return "\(ends[0]) … \(ends[1])"
  }
}

extension Figure {
  fileprivate static func weights(_ weights: [WeightRange]) -> Figure {
    Figure(
      id: "weights", title: "Weights as trained",
      caption: "A thin line far longer than its bar is a matrix of few large weights, whose rows "
        + "leave most integers unused.",
      picture: RowChart(
        rows: zip(weights, shortened(weights.map(\.name))).map { weights, name in
          .init(
            "\(name), \(weights.format.rawValue)", weights.range.marks(style: "float"),
            value: weights.range.text)
        },
        xTitle: "weight"
      ).svg)
  }

  fileprivate static func activations(_ validation: Validation) -> Figure {
    var rows: [RowChart.Row] = []
    if let largest = validation.network.largestInputs.max() {
      let reach = 100 * largest / 32_768
      rows.append(
        .init(
          "inputs", [.span(from: -reach, to: reach, style: "fixed")],
          value: "±" + NumberText.short(largest)))
    }
    for (index, layer) in validation.layers.enumerated() {
      let prefix = validation.layers.count > 1 ? "cell \(index), " : ""
      let reach = layer.lsb * 32_768
      rows.append(
        .init(
          prefix + "hidden state", layer.ranges.hidden.marks(scale: reach / 100, style: "float"),
          value: layer.ranges.hidden.text))
      for (name, range) in zip(
        Gates<String>.names.inOrder, layer.ranges.preactivations.inOrder)
      {
        rows.append(
          .init(
            prefix + "sum, \(name)", range.marks(scale: 16.0 / 100, style: "float"),
            value: range.text))
      }
    }
    return Figure(
      id: "activations", title: "Activations",
      caption: "100 % is the end of int16 for raw inputs, of the state's format for hidden states, "
        + "and ±16 for sums, where σ and tanh are flat: inputs that use little of it lose bits.",
      picture: RowChart(
        rows: rows, xTitle: "of the range, %", includes: [-100, 100]
      ).svg)
  }
}

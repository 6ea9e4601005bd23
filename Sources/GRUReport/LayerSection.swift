import Charts
import GRUHarness
import ModelFiles

extension Section {
  /// One cell: its worst units, its error over time and by size, its gates.
  static func layer(
    _ layer: Validation.Layer, index: Int, traces: [Traces.Trace], sequences: Int
  ) -> Section {
    let id = "layer-\(index)"
    return Section(
      id: id, title: "Layer \(layer.name)",
      introduction: (layer.units == 1 ? "1 unit" : "\(NumberText.count(layer.units)) units")
        + " over "
        + "\(NumberText.count(layer.steps)) steps: SQNR "
        + "\(NumberText.decibels(layer.hidden.sqnr)) dB, RMS error "
        + "\(NumberText.short(layer.hidden.rms)), largest \(NumberText.short(layer.hidden.maximum))"
        + "; one LSB is \(NumberText.short(layer.lsb)).",
      figures: [
        .time(layer, id: "\(id)-time"), .histogram(layer, id: "\(id)-histogram"),
        .gates(layer, id: "\(id)-gates"), .saturations(layer, id: "\(id)-saturations"),
      ]
        + traces.prefix(2).map { trace in
          .trace(
            trace, id: "\(id)-unit-\(trace.unit)", name: "Unit \(trace.unit)", sequences: sequences,
            caption: "RMS error \(NumberText.short(trace.rms)) over all steps: a spike is one "
              + "wrong moment, a plateau an error that the state remembers.")
        })
  }
}

extension Figure {
  fileprivate static func time(_ layer: Validation.Layer, id: String) -> Figure {
    func middle(_ bin: ErrorOverTime.Bin) -> Double {
      Double(bin.steps.lowerBound + bin.steps.upperBound - 1) / 2
    }
    let bins = layer.timeBins
    let line = bins.map { Point(middle($0), $0.rms) }
    let lower = bins.map { Point(middle($0), $0.lowest) }
    let upper = bins.map { Point(middle($0), $0.highest) }
    let levels: [LineChart.Mark] =
      layer.time.fifths.map { fifths in
        let end = Double(fifths.steps)
        return [
          .level(fifths.second, from: 0.2 * end, to: 0.4 * end, style: "fixed"),
          .level(fifths.last, from: 0.8 * end, to: end - 1, style: "fixed"),
        ]
      } ?? []
    let drift =
      layer.time.drift.map { "drift \(NumberText.fixed($0, 2)) (last fifth over second)" }
      ?? "too short for a drift"
    return Figure(
      id: id, title: "Error over time",
      caption: "A line that rises to the right grows with the length of a stream: \(drift).",
      picture: LineChart(
        panels: [
          .init(
            "RMS over units",
            keys: (levels.isEmpty ? [] : [.init("drift", style: "fixed level")])
              + [.init("mean", style: "error"), .init("range", style: "spread")],
            kind: .logarithmic, height: 170,
            marks: [
              .band(lower: lower, upper: upper, style: "error"), .line(line, style: "error"),
            ] + levels)
        ],
        xTitle: "step of its sequence"
      ).svg)
  }

  fileprivate static func histogram(_ layer: Validation.Layer, id: String) -> Figure {
    let body = layer.histogram
    let total = Double(max(1, body.counts.reduce(body.beyond, +)))
    let width = body.binWidth == 1 ? "LSB" : "\(NumberText.count(body.binWidth)) LSB"
    return Figure(
      id: id, title: "Errors of the hidden state",
      caption: "A narrow peak around 0 is good, a peak beside it a bias; "
        + "\(NumberText.percent(Double(body.beyond) / total)) lie beyond the picture, the largest "
        + "at \(NumberText.short(layer.hidden.maximum / layer.lsb)) LSB.",
      picture: ColumnChart(
        shares: body.counts.map { Double($0) / total }, first: Double(body.first),
        binWidth: Double(body.binWidth), xTitle: "fixed − float, LSB",
        yTitle: "share of values in each \(width), %"
      ).svg)
  }

  fileprivate static func gates(_ layer: Validation.Layer, id: String) -> Figure {
    let errors =
      [("hidden state", layer.hidden)]
      + zip(Gates<String>.names.inOrder, layer.gates.inOrder)
      + zip(Gates<String>.names.inOrder.map { "sum, \($0)" }, layer.preactivations.inOrder)
    let rows = errors.map { name, error in
      RowChart.Row(
        name,
        error.maximum > 0
          ? [
            .span(from: error.rms, to: error.maximum, style: "error"),
            .dot(error.rms, style: "error"), .dot(error.maximum, style: "error hollow"),
          ] : [],
        value: NumberText.decibels(error.sqnr))
    }
    return Figure(
      id: id, title: "Error of each gate",
      caption:
        "Filled dots are RMS errors, hollow ones the largest; compare gates with gates, and sums, "
        + "which the gates’ functions read, with sums: the one furthest right is the coarsest.",
      picture: RowChart(
        rows: rows, xTitle: "absolute error", valueTitle: "SQNR, dB", kind: .logarithmic
      ).svg)
  }

  fileprivate static func saturations(_ layer: Validation.Layer, id: String) -> Figure {
    let found = layer.saturations
    let values = Double(max(1, layer.steps * layer.units))
    let names = Gates<String>.names.inOrder
    let shares =
      [("hidden state", found.state)] + zip(names, found.gate.inOrder)
      + zip(names.map { "sum, \($0)" }, found.preactivation.inOrder)
    let rows = shares.map { name, count in
      RowChart.Row(
        name, count > 0 ? [.bar(from: 0, to: 100 * Double(count) / values, style: "fixed")] : [],
        value: NumberText.percent(Double(count) / values))
    }
    return Figure(
      id: id, title: "Values at an end of their range",
      caption:
        "Ends are no errors: a gate of exactly 0 or 1 is exact; many hidden states at an end "
        + "of a ReLU cell, or sums beyond ±16, ask for another calibration.",
      picture: RowChart(
        rows: rows, xTitle: "share of values, %", valueTitle: "share", includes: [0, 1]
      ).svg)
  }
}

import Charts
import Foundation
import GRUHarness
import GRUQuantizer

extension Section {
  /// What the network takes of a device.
  static func device(_ memory: Validation.Memory, _ accumulators: [RowBound]) -> Section {
    let parts =
      memory.flashParts.map { (name: $0.name, bytes: $0.bytes) }
      + [(name: "tables of σ and tanh", bytes: memory.flashTables)]
    let flash = parts.reduce(0) { $0 + $1.bytes }
    return Section(
      id: "device", title: "On the device",
      introduction: "Constants in flash, buffers in RAM, and proof that no sum overflows; code "
        + "comes on top.",
      figures: [.memory(memory, parts: parts, flash: flash), .accumulators(accumulators)])
  }

  /// What flash buys.
  static func front(_ front: [FrontPoint], flash: Int, sqnr: Double?) -> Section {
    let table = Table(
      title: "Mixtures of widths", columns: ["bytes", "SQNR, dB", "largest error", "in int16"],
      rows: front.map {
        [
          NumberText.count($0.flash) + ($0.chosen ? " (chosen)" : ""),
          NumberText.decibels($0.sqnr), NumberText.significant($0.maximum, digits: 2),
          $0.int16.isEmpty ? "none" : shortened($0.int16).joined(separator: "; "),
        ]
      }, endsInWords: true)
    return Section(
      id: "front", title: "What flash buys",
      introduction: "Mixtures of widths that gru quantize measured on held-back calibration data, "
        + "before tuning.",
      figures: [.front(front, flash: flash, sqnr: sqnr)], after: table.html)
  }
}

extension Figure {
  fileprivate static func memory(
    _ memory: Validation.Memory, parts: [(name: String, bytes: Int)], flash: Int
  ) -> Figure {
    let ram = memory.ramState + memory.ramScratch
    let table = Table(
      title: "Flash by part", columns: ["part", "bytes", "share"],
      rows: parts.map { part in
        [
          part.name, NumberText.count(part.bytes),
          NumberText.fixed(100 * Double(part.bytes) / Double(max(1, flash)), 1) + " %",
        ]
      })
    return Figure(
      id: "memory", title: "Flash and RAM",
      caption: "The widest part of flash is where narrower weights save most.",
      picture: StackedBar([
        .init(
          "Flash \(NumberText.count(flash)) bytes",
          parts.map {
            .init(
              $0.name, Double($0.bytes), style: style(of: $0.name), group: group(of: $0.name))
          }),
        .init(
          "RAM \(NumberText.count(ram)) bytes",
          [
            .init("state", Double(memory.ramState), style: "recurrent"),
            .init("scratch", Double(memory.ramScratch), style: "other"),
          ]),
      ]).svg, below: table.html)
  }

  private static func group(of part: String) -> String {
    let name = part.split(separator: ",").last!.drop { $0 == " " }
    return ["W", "U"].first { name.hasPrefix($0 + " ") }
      ?? (name.hasPrefix("biases") ? "biases" : name.hasPrefix("tables") ? "tables" : String(name))
  }

  fileprivate static func accumulators(_ bounds: [RowBound]) -> Figure {
    Figure(
      id: "accumulators", title: "Accumulators, proved",
      caption:
        "The largest value that any int16 input and state can bring about, in the row of each "
        + "matrix that comes closest to 2³¹: no bar may reach the line.",
      picture: RowChart(
        rows: zip(bounds, shortened(bounds.map(\.row))).map { bound, name in
          let bits = log2(Double(max(1, bound.accumulator)))
          return .init(
            name, [.bar(from: 0, to: bits, style: "fixed")],
            value: NumberText.fixed(bits, 1))
        },
        xTitle: "bits", valueTitle: "log₂", includes: [0, 32],
        guides: [.init(31, "2³¹")], endsOnTicks: false
      ).svg)
  }

  private static func style(of part: String) -> String {
    if part.contains(", W ") || part.hasSuffix("embedding") { return "input" }
    if part.contains(", U ") { return "recurrent" }
    return part.hasSuffix("dense") ? "dense" : "other"
  }

  fileprivate static func front(_ front: [FrontPoint], flash: Int, sqnr: Double?) -> Figure {
    let points = front.compactMap { point in
      point.sqnr.map { Point(Double(point.flash), $0) }
    }
    var marks: [LineChart.Mark] = [.line(points, style: "error")]
    // The curve rises to the right: beside it there is room above on the left, below on the right.
    let isBelow = front.contains { $0.chosen && $0.sqnr ?? .infinity < sqnr ?? -.infinity }
    marks += zip(front.filter { $0.sqnr != nil }, points).map {
      let label: LineChart.Label = isBelow ? .right("chosen") : .left("chosen")
      return .dot(
        $1, style: $0.chosen ? "fixed" : "error hollow", label: $0.chosen ? label : nil)
    }
    if let sqnr {
      marks.append(
        .dot(
          Point(Double(flash), sqnr), style: "fixed hollow",
          label: isBelow ? .left("validated") : .right("validated")))
    }
    return Figure(
      id: "front-curve", title: "Accuracy against flash",
      caption:
        "Where the line is steep, a few bytes more pay; the hollow dot is this header, tuned, "
        + "on the data of this report.",
      picture: LineChart(
        panels: [.init("hidden state or output, SQNR in dB", height: 170, marks: marks)],
        xTitle: "bytes of constants",
        endsOnTicks: true
      ).svg)
  }
}

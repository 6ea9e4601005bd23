import Charts
import GRUHarness

extension Figure {
  /// A stretch of a run: both models in one panel, their difference in another.
  static func trace(
    _ trace: Traces.Trace, id: String, name: String, sequences: Int, caption: String
  ) -> Figure {
    func points(_ values: [Double]) -> [Point] {
      values.enumerated().map { Point(Double(trace.start + $0.offset), $0.element) }
    }
    let errors = zip(trace.fixed, trace.float).map { $0 - $1 }
    return Figure(
      id: id,
      title: sequences == 1 ? name : "\(name) in sequence \(NumberText.count(trace.sequence))",
      caption: caption,
      picture: LineChart(
        panels: [
          .init(
            "value", keys: [.init("float", style: "float wide"), .init("fixed", style: "fixed")],
            height: 120,
            marks: [
              .line(points(trace.float), style: "float wide"),
              .line(points(trace.fixed), style: "fixed"),
            ]),
          .init(
            "fixed − float", height: 56, marks: [.line(points(errors), style: "error")],
            includes: [0]),
        ],
        xTitle: "step",
        pointer: .init(
          Double(trace.worst), "largest error at step \(NumberText.count(trace.worst))")
      ).svg)
  }
}

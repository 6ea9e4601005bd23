import Foundation
import Testing

@testable import Charts

#if canImport(FoundationXML)
  import FoundationXML
#endif

private let caption = Caption(id: "c", title: "T", description: "D")

/// Elements and texts of a picture, as an XML parser finds them.
private final class Picture: NSObject, XMLParserDelegate {
  private(set) var elements: [(name: String, attributes: [String: String])] = []
  private(set) var texts: [String] = []
  private var text: String?

  init(_ svg: String) throws {
    super.init()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = self
    try #require(parser.parse(), "not well-formed: \(svg)")
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    elements.append((name, attributes))
    text = name == "text" ? "" : nil
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text? += string }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    if name == "text" { texts.append(text ?? "") }
    text = nil
  }

  func count(_ name: String, _ style: String) -> Int {
    elements.count { $0.name == name && $0.attributes["class"] == style }
  }
}

@Suite("Markup") struct MarkupTests {
  @Test("no text is read as markup")
  func escaping() throws {
    let text = "</svg><script>alert('\"&')</script>"
    #expect(!escaped(text).contains("<"))
    let chart = RowChart(rows: [.init(text, [], value: text)], xTitle: text)
      .svg(Caption(id: "c", title: text, description: text))
    let picture = try Picture(chart)
    #expect(!picture.elements.contains { $0.name == "script" })
    #expect(picture.texts.contains(text))
  }

  @Test("control characters and turned directions are replaced")
  func control() {
    #expect(escaped("a\u{0}b\u{1B}c\u{202E}d\u{FFFE}") == "a\u{FFFD}b\u{FFFD}c\u{FFFD}d\u{FFFD}")
    #expect(escaped("ä → 2⁻³\n") == "ä → 2⁻³\n")
  }

  @Test("attributes are escaped, elements without content are closed")
  func elements() {
    #expect(element("a", ["b": "\"<"]) == "<a b=\"&quot;&lt;\"/>")
    #expect(element("a", [:], "") == "<a></a>")
  }
}

@Suite("Paths") struct PathTests {
  @Test("lines and areas in tenths of a unit")
  func data() {
    #expect(PathData.line([]) == "")
    #expect(PathData.line([Point(1, 2)]) == "M1 2h0")
    #expect(PathData.line([Point(0, 0.04), Point(1.26, -0.06)]) == "M0 0L1.3 -0.1")
    #expect(
      PathData.area([Point(0, 1), Point(1, 1)], [Point(0, 0), Point(1, 0)])
        == "M0 1L1 1L1 0L0 0Z")
    #expect(coordinate(-0.04) == "0" && coordinate(.nan) == "0" && coordinate(12.04) == "12")
  }

  @Test("an envelope holds every value, in as many stretches as allowed")
  func envelope() {
    let points = (0..<1_003).map { Point(Double($0), sin(Double($0)) * Double($0 % 17)) }
    let envelope = Envelope(points, count: 100)
    #expect(envelope.lower.count <= 100 && envelope.lower.count == envelope.upper.count)
    #expect(envelope.lower.map(\.y).min() == points.map(\.y).min())
    #expect(envelope.upper.map(\.y).max() == points.map(\.y).max())
    #expect(zip(envelope.lower, envelope.upper).allSatisfy { $0.y <= $1.y && $0.x == $1.x })
    #expect(Envelope([], count: 10).lower.isEmpty)
    #expect(Envelope([Point(3, 4)], count: 10).upper == [Point(3, 4)])
  }
}

@Suite("Charts") struct ChartTests {
  /// Every coordinate of a picture is a number.
  private func expectNumbers(_ svg: String) {
    #expect(!svg.contains("nan") && !svg.contains("inf"))
  }

  @Test("a picture has a role, a title and a description that it names")
  func accessible() throws {
    let svg = LineChart(panels: [], xTitle: "x").svg(caption)
    let root = try Picture(svg).elements[0].attributes
    #expect(root["role"] == "img" && root["aria-labelledby"] == "c-title c-desc")
    #expect(svg.contains("<title id=\"c-title\">T</title><desc id=\"c-desc\">D</desc>"))
  }

  @Test("lines: nothing, one point, zeros on a logarithmic axis, values that are no numbers")
  func lines() throws {
    for points in [
      [], [Point(0, 0)], [Point(0, 0), Point(1, 1e-3), Point(2, 10)],
      [Point(0, .nan), Point(1, 1)],
      [Point(5, .infinity)],
    ] {
      for kind in [Scale.Kind.linear, .logarithmic] {
        let svg = LineChart(
          panels: [
            .init("y", kind: kind, height: 100, marks: [.line(points, style: "a")])
          ], xTitle: "x", pointer: .init(1, "here")
        ).svg(caption)
        expectNumbers(svg)
        #expect(try Picture(svg).count("path", "line a") == (points.isEmpty ? 0 : 1))
      }
    }
  }

  @Test("a line runs through its points, higher values further up")
  func geometry() throws {
    let svg = LineChart(
      panels: [
        .init("y", height: 100, marks: [.line([Point(0, 0), Point(10, 6)], style: "a")])
      ], xTitle: "x"
    ).svg(caption)
    let picture = try Picture(svg)
    let path = try #require(picture.elements.first { $0.attributes["class"] == "line a" })
    let data = try #require(path.attributes["d"])
    let numbers = data.dropFirst().split { "L ".contains($0) }.compactMap { Double($0) }
    #expect(numbers.count == 4)
    #expect(numbers[2] == 440 - 12 && numbers[3] == 24 && numbers[1] == 124)
  }

  @Test("rows: a mark each, names and values beside them")
  func rows() throws {
    let svg = RowChart(
      rows: [
        .init("one", [.bar(from: 0, to: 3, style: "a")], value: "three"),
        .init("two", [.span(from: -1, to: 2, style: "a"), .dot(1, style: "b")], value: "1"),
        .init("none", [], value: "–"),
      ], xTitle: "x", guides: [.init(2.5, "limit")]
    ).svg(caption)
    let picture = try Picture(svg)
    expectNumbers(svg)
    #expect(picture.count("rect", "bar a") == 1 && picture.count("line", "span a") == 1)
    #expect(picture.count("circle", "dot b") == 1 && picture.count("line", "guide") == 1)
    #expect(
      picture.texts.filter { ["one", "two", "none", "three", "–", "limit"].contains($0) }.count == 6
    )
    expectNumbers(RowChart(rows: [], xTitle: "x", kind: .logarithmic).svg(caption))
  }

  @Test("a long name is cut in its middle")
  func longNames() throws {
    let name = "layer 0, " + String(repeating: "x", count: 100) + " update"
    let svg = RowChart(rows: [.init(name, [], value: "")], xTitle: "").svg(caption)
    let shown = try #require(try Picture(svg).texts.first { $0.hasPrefix("layer") })
    #expect(shown.contains("…") && shown.hasSuffix("update") && shown.count < 40)
  }

  @Test("columns are as high as their shares, and empty bins have none")
  func columns() throws {
    func chart(_ shares: [Double]) -> ColumnChart {
      ColumnChart(shares: shares, first: -1, binWidth: 1, xTitle: "x", yTitle: "y")
    }
    let picture = try Picture(chart([0.25, 0.5, 0]).svg(caption))
    let heights = picture.elements.filter { $0.attributes["class"] == "bar error" }
      .compactMap { Double($0.attributes["height"]!) }
    #expect(heights.count == 2 && abs(heights[1] / heights[0] - 2) < 0.01)
    expectNumbers(chart([]).svg(caption))
  }

  @Test("the parts of a stacked bar fill its width in proportion")
  func stacked() throws {
    let svg = StackedBar([
      .init("all", [.init("a", 100, style: "s"), .init("b", 300, style: "s")]), .init("none", []),
    ]).svg(caption)
    let parts = try Picture(svg).elements.filter { $0.attributes["class"] == "part s" }
    #expect(parts.map { $0.attributes["x"] } == ["0", "110"])
    #expect(parts.map { $0.attributes["width"] } == ["109", "329"])
  }

  @Test("a matrix shades agreement and disagreement apart, in any size")
  func matrix() throws {
    func chart(_ counts: [[Int]]) -> String {
      MatrixChart(
        counts: counts, names: counts.indices.map(String.init), rowTitle: "r", columnTitle: "c"
      ).svg(caption)
    }
    let picture = try Picture(chart([[5, 1], [0, 7]]))
    #expect(picture.count("rect", "agree") == 2 && picture.count("rect", "differ") == 1)
    #expect(picture.texts.filter { $0 == "5" || $0 == "7" }.count == 2)
    let large = Array(repeating: Array(repeating: 1, count: 40), count: 40)
    expectNumbers(chart(large))
    expectNumbers(chart([]))
  }

  @Test("the same chart is the same text")
  func deterministic() {
    func text() -> String {
      RowChart(rows: [.init("a", [.dot(0.1, style: "s")], value: "v")], xTitle: "x").svg(caption)
    }
    #expect(text() == text())
  }

  @Test("one small chart, whole")
  func golden() {
    let svg = StackedBar([.init("Flash", [.init("W", 1, style: "input")])]).svg(caption)
    #expect(
      svg
        == "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" role=\"img\" "
        + "aria-labelledby=\"c-title c-desc\" viewBox=\"0 0 440 66\"><title id=\"c-title\">T</title>"
        + "<desc id=\"c-desc\">D</desc><text class=\"title\" x=\"0\" y=\"13\" text-anchor=\"start\">"
        + "Flash</text><rect class=\"part input\" x=\"0\" y=\"20\" width=\"439\" height=\"34\">"
        + "<title>W: 1</title></rect><text class=\"inside\" x=\"6\" y=\"42\" text-anchor=\"start\">W"
        + "</text></svg>")
  }
}

/// A picture in SVG: units are those of its view box, colours come from the page's style sheet by
/// class.
struct Drawing {
  let width: Double
  let height: Double
  private var content = ""

  init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }

  mutating func line(_ a: Point, _ b: Point, _ style: String) {
    content += element(
      "line",
      [
        "class": style, "x1": coordinate(a.x), "y1": coordinate(a.y), "x2": coordinate(b.x),
        "y2": coordinate(b.y),
      ])
  }

  mutating func path(_ data: String, _ style: String) {
    guard !data.isEmpty else { return }
    content += element("path", ["class": style, "d": data])
  }

  mutating func rectangle(
    x: ClosedRange<Double>, y: ClosedRange<Double>, _ style: String, opacity: Double? = nil,
    tip: String? = nil
  ) {
    let title = tip.map { element("title", [:], escaped($0)) }
    let width = coordinate(x.upperBound - x.lowerBound)
    let height = coordinate(y.upperBound - y.lowerBound)
    let (left, top) = (coordinate(x.lowerBound), coordinate(y.lowerBound))
    content +=
      opacity.map {
        element(
          "rect",
          [
            "class": style, "x": left, "y": top, "width": width, "height": height,
            "fill-opacity": hundredths($0),
          ], title)
      }
      ?? element(
        "rect", ["class": style, "x": left, "y": top, "width": width, "height": height], title)
  }

  mutating func dot(_ center: Point, radius: Double, _ style: String) {
    content += element(
      "circle",
      [
        "class": style, "cx": coordinate(center.x), "cy": coordinate(center.y),
        "r": coordinate(radius),
      ])
  }

  enum Anchor: String {
    case start
    case middle
    case end
  }

  /// - Parameter at: the start, middle or end of the base line.
  mutating func text(_ text: String, at point: Point, _ style: String, _ anchor: Anchor = .start) {
    content += element(
      "text",
      [
        "class": style, "x": coordinate(point.x), "y": coordinate(point.y),
        "text-anchor": anchor.rawValue,
      ], escaped(text))
  }

  /// A horizontal axis with its ticks and its title below.
  mutating func axis(_ x: Scale, title: String, at y: Double) {
    line(Point(x.start, y), Point(x.end, y), "axis")
    for tick in x.ticks {
      let place = x(tick.value)
      line(Point(place, y), Point(place, y + 4), "axis")
      // The last label stays within the picture.
      let middle = min(place, Layout.width - Layout.width(of: tick.label) / 2)
      text(tick.label, at: Point(middle, y + 16), "tick", .middle)
    }
    text(title, at: Point(x.end, y + 32), "title", .end)
  }

  /// The whole picture.
  ///
  /// - Parameters:
  ///   - id: of this picture alone in its page.
  ///   - title: what it is; read aloud with the description in place of the picture.
  func svg(id: String, title: String, description: String) -> String {
    element(
      "svg",
      [
        "xmlns": "http://www.w3.org/2000/svg", "class": "chart", "role": "img",
        "aria-labelledby": "\(id)-title \(id)-desc",
        "viewBox": "0 0 \(coordinate(width)) \(coordinate(height))",
      ],
      element("title", ["id": "\(id)-title"], escaped(title))
        + element("desc", ["id": "\(id)-desc"], escaped(description)) + content)
  }

  private func hundredths(_ value: Double) -> String {
    let whole = max(0, min(100, Int((value * 100).rounded())))
    return whole == 100 ? "1" : "." + (whole < 10 ? "0" : "") + String(whole)
  }
}

/// What a picture shows, in words.
package struct Caption: Sendable {
  package var id: String
  package var title: String
  package var description: String

  package init(id: String, title: String, description: String) {
    self.id = id
    self.title = title
    self.description = description
  }
}

extension Drawing {
  func svg(_ caption: Caption) -> String {
    svg(id: caption.id, title: caption.title, description: caption.description)
  }
}

/// Sizes that all pictures share.
enum Layout {
  static let width = 440.0
  /// Of tick labels and row labels.
  static let fontSize = 13.0
  /// Widest of digits and letters on average, in a system font.
  private static let advance = 0.56

  /// About how wide a text is: fonts differ.
  static func width(of text: String) -> Double { Double(text.count) * advance * fontSize }

  /// A text cut to a width, in its middle, where names differ least.
  static func fitted(_ text: String, _ width: Double) -> String {
    let limit = max(3, Int(width / (advance * fontSize)))
    guard text.count > limit else { return text }
    let head = (limit - 1) / 2
    return text.prefix(head) + "…" + text.suffix(limit - 1 - head)
  }
}

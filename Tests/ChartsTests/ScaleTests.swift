import Foundation
import Testing

@testable import Charts

@Suite("Scales") struct ScaleTests {
  @Test("a linear scale ends on round ticks around its values")
  func linear() {
    let scale = Scale(linear: [0.13, 9.2]).placed(from: 100, to: 0)
    #expect(scale.domain == 0...10)
    #expect(scale.ticks.map(\.label) == ["0", "2", "4", "6", "8", "10"])
    #expect(scale(0) == 100 && scale(5) == 50 && scale(10) == 0)
  }

  @Test(
    "ticks are equally far apart, at round values, and about as many as asked for",
    arguments: [(-3.7e-5, 1.2e-4), (-1.0, 1.0), (1e6, 1.5e6), (0.0, 3e-9), (-0.306, -0.257)])
  func ticks(_ low: Double, _ high: Double) {
    for isNice in [true, false] {
      let scale = Scale(linear: [low, high], nice: isNice)
      let values = scale.ticks.map(\.value)
      #expect((3...8).contains(values.count))
      #expect(scale.domain.lowerBound <= low && scale.domain.upperBound >= high)
      #expect(values.allSatisfy { scale.domain.contains($0) })
      let step = values[1] - values[0]
      let digit = step / pow(10, floor(log10(step) + 1e-9))
      #expect([1, 2, 5].contains { abs(digit - $0) < 1e-6 })
      #expect(Set(scale.ticks.map(\.label)).count == values.count)
    }
  }

  @Test("nothing, one value and values that are not numbers still make a scale")
  func degenerate() {
    for values in [[], [3], [-2, -2], [0], [.nan, .infinity], [.nan, 4]] as [[Double]] {
      for scale in [Scale(linear: values), Scale(linear: values, nice: false)] {
        #expect(scale.domain.lowerBound < scale.domain.upperBound)
        #expect(values.filter(\.isFinite).allSatisfy { scale.domain.contains($0) })
        #expect(scale(.nan).isFinite && scale(.infinity) == 1 && scale(-.infinity) == 0)
      }
      let scale = Scale(logarithmic: values)
      #expect(scale.domain.lowerBound > 0 && scale.domain.lowerBound < scale.domain.upperBound)
      #expect(scale(0) == 0 && scale(.nan).isFinite)
      #expect(!scale.ticks.isEmpty)
    }
  }

  @Test("a logarithmic scale spans whole decades, equally wide")
  func logarithmic() {
    let scale = Scale(logarithmic: [3e-4, 0.02, 0.5])
    #expect(scale.domain == 1e-4...1)
    #expect(scale.ticks.map(\.label) == ["10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "10⁰"])
    #expect(abs(scale(1e-3) - 0.25) < 1e-12 && abs(scale(1e-2) - 0.5) < 1e-12)
    #expect(Scale(logarithmic: [0.01]).domain.contains(0.01))
    #expect(Scale(logarithmic: [1e-30, 1]).ticks.count <= 7)
  }

  @Test("zeros lie at a logarithmic scale's lower end, which says so")
  func zeros() {
    let scale = Scale(logarithmic: [0, 1e-3, 1e-2])
    #expect(scale.ticks.first { $0.label == "0" }.map { scale($0.value) } == 0)
    #expect(scale(0) == 0 && scale(1e-3) > 0.3)
    #expect(!Scale(logarithmic: [1e-3, 1e-2]).ticks.contains { $0.label == "0" })
  }
}

@Suite("Numbers as text") struct NumberTextTests {
  @Test("numbers of a column keep their zeros")
  func significant() {
    for (value, text) in [
      (0.01, "0.010"), (7, "7.0"), (-0.7, "−0.70"), (8e-4, "8.0·10⁻⁴"), (0, "0"), (1_234, "1,234"),
    ] as [(Double, String)] {
      #expect(NumberText.significant(value, digits: 2) == text)
    }
  }

  @Test("few digits, in the same form everywhere")
  func short() {
    for (value, text) in [
      (0, "0"), (-0.0, "0"), (1632.4, "1,632"), (0.0498, "0.0498"), (6.3e-4, "6.3·10⁻⁴"),
      (-6.34e-4, "−6.34·10⁻⁴"), (123_456, "123,456"), (1_234_567, "1.23·10⁶"), (0.1, "0.1"),
      (99.96, "100"), (-2, "−2"), (1e300, "1·10³⁰⁰"), (.infinity, "∞"), (.nan, "–"),
    ] as [(Double, String)] {
      #expect(NumberText.short(value) == text)
    }
  }

  @Test("fixed digits never show a negative zero, and counts are grouped")
  func fixed() {
    #expect(NumberText.fixed(-0.04, 1) == "0.0")
    #expect(NumberText.fixed(-0.06, 1) == "−0.1")
    #expect(NumberText.fixed(1234.56, 1) == "1,234.6")
    #expect(NumberText.count(-1_234_567) == "−1,234,567")
    #expect(NumberText.count(999) == "999")
  }
}

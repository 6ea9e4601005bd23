import Foundation
import GRUHarness
import GRUQuantizer
import ModelFiles
import TestSupport
import Testing

/// A line of a timeline, taken apart by its spaces.
private struct Line {
  var second: Int?
  var name: String
  var bar: String
  var percent: Int
  var mistake: String?

  init(_ text: Substring) throws {
    let words = text.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
    try #require(words.count >= 6 && words[1] == "s" && words[5] == "%", "\(text)")
    (second, name, bar, percent) = (Int(words[0]), words[2], words[3], Int(words[4])!)
    mistake = words.count == 9 && words[6...7] == ["but", "is"] ? words[8] : nil
    #expect(words.count == (mistake == nil ? 6 : 9), "\(text)")
  }
}

@Suite("Timelines") struct TimelineTests {
  private let names = ["up", "sidewards", "bås", "?\"\\"]
  private let rate = 5
  private let sequence = RandomNetworks.inputs(width: 3, steps: 63, seed: 3)
  private let network: QuantizedNetwork

  init() throws {
    network = try Quantized.network(
      RandomNetworks.network(inputs: 3, hidden: [6], outputs: 4, seed: 2, weightRange: 2),
      calibration: sequence)
  }

  private var inputs: [[Double]] {
    (0..<sequence.steps).map { sequence.sequences[0].input(at: $0, width: 3) }
  }

  private func text(truth: [Int]?) throws -> [Substring] {
    let recording = LiveRecording(
      network, inputs: inputs, classes: names, truth: truth?.map(UInt16.init), rate: rate,
      freeSteps: 0)
    return try recording.text().split(separator: "\n")
  }

  /// The logits of each step, as the runtime has them.
  private func logits() throws -> [[Double]] {
    let instance = try RuntimeInstance(RuntimeModel(network))
    return try inputs.map { input in
      try instance.step(network.rawInput(input).raw).map { Double($0) / 262_144 }
    }
  }

  @Test("each second has a line with the largest logit's name and share, and a mistake's truth")
  func lines() throws {
    let truth = (0..<63).map { $0 / 7 % 4 }
    let logits = try logits()
    let found = logits.map { row in row.firstIndex(of: row.max()!)! }
    #expect(Set(found).count > 2, "a test that the choice can fail")
    let text = try text(truth: truth)
    try #require(text.count == 63 / rate + 1)
    for (index, line) in text.dropLast().enumerated() {
      let line = try Line(line)
      let step = (index + 1) * rate - 1
      #expect(line.second == index + 1)
      #expect(line.name == names[found[step]])
      #expect(line.mistake == (found[step] == truth[step] ? nil : names[truth[step]]))
      let shares = logits[step].map { exp($0) }
      let share = shares[found[step]] / shares.reduce(0, +)
      // The runtime's share is within 2 units of 2⁻¹⁵, which may lie on the other side of a half.
      #expect(abs(Double(line.percent) - 100 * share) < 0.51)
      let filled = line.bar.prefix { $0 == "#" }.count
      #expect(
        line.bar == String(repeating: "#", count: filled)
          + String(repeating: ".", count: 20 - filled))
      #expect(abs(Double(filled) - 20 * share) < 0.51)
    }
    let right = zip(found, truth).count { $0 == $1 }
    #expect(text.last! == "\(right) of 63 steps right")
    #expect(right > 0 && right < 63)
  }

  @Test("names are filled up to the longest one's characters, of which some have two bytes")
  func columns() throws {
    for line in try text(truth: nil) { #expect(line.firstIndex(of: "%") == line.indices.last) }
    #expect(Set(try text(truth: nil).map(\.count)) == [5 + 4 + 9 + 2 + 20 + 5 + 2])
  }

  @Test("without the truth no line tells a mistake, and none counts")
  func unknownTruth() throws {
    let text = try text(truth: nil)
    #expect(text.count == 63 / rate)
    #expect(try text.allSatisfy { try Line($0).mistake == nil })
  }
}

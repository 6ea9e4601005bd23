import TestSupport
import Testing

@testable import GRUQuantizer

@Suite("Nearest planes") struct NearestPlanesTests {
  /// What `width` ways leave of forty rows' errors, the same rows each time.
  private func loss(width: Int) throws -> Double {
    var generator = SeededGenerator(seed: 3)
    var sum = 0.0
    for _ in 0..<40 {
      func values(_ count: Int) -> [Double] {
        (0..<count).map { _ in Double.random(in: -9...9, using: &generator) }
      }
      // Twenty columns that share much of what they vary, and a bias.
      let gram = moment(
        (0..<200).map { _ in
          let (shared, own) = (values(4), values(20))
          return own.indices.map { 0.1 * own[$0] + shared[$0 % 4] } + [1]
        })
      let row = values(21)
      var group = RoundedRow.Group(row[0..<20], at: 0..<20, .int8)
      group.scale = 1
      let plain = RoundedRow(row, groups: [group])
      let factor = try #require(
        gram.upperFactor(of: [Array(0..<20), [20]], units: Array(repeating: 1, count: 21)))
      let found = plain.nearestPlanes(row, factor, width: width)
      #expect(found.dropLast().allSatisfy { $0 == $0.rounded() && abs($0) <= 127 })
      let error = zip(found, row).map(-)
      sum += zip(error, gram(error)).reduce(0) { $0 + $1.0 * $1.1 }
    }
    return sum
  }

  @Test("more ways that are followed leave less")
  func ways() throws {
    let losses = try [1, 2, 8, 64].map { try loss(width: $0) }
    for (fewer, more) in zip(losses, losses.dropFirst()) { #expect(more < fewer) }
  }

  @Test("one way is Babai's nearest plane: a column takes up the error of the one before")
  func babai() {
    let row = [0.4, 0.3]
    var group = RoundedRow.Group(row[0..<2], at: 0..<2, .int8)
    group.scale = 1
    let plain = RoundedRow(row, groups: [group])
    let factor = (columns: [0, 1], values: [2.0, 1, 0, 1])
    // Column 0 goes to 0; its error asks column 1 for 0.3 + 0.4 = 0.7.
    #expect(plain.nearestPlanes(row, factor, width: 1) == [0, 1])
  }
}

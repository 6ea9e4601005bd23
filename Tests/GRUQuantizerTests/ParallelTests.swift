import Testing

@testable import GRUQuantizer

@Suite("Work on all cores") struct ParallelTests {
  @Test("is in order, each piece once", arguments: [0, 1, 20 << 20, 100 << 20])
  func order(size: Int) {
    for count in [0, 1, 2, 7, 100] {
      #expect(concurrentMap(count, ofSize: size) { $0 } == Array(0..<count))
    }
  }

  @Test("takes as many large pieces at once as 48 MiB hold, at least one")
  func atOnce() {
    let sizes = [0, 1 << 10, 24 << 20, (24 << 20) + 1, 48 << 20, (48 << 20) + 1, .max]
    #expect(sizes.map(piecesAtOnce) == [48 << 20, 48 << 10, 2, 1, 1, 1, 1])
  }
}

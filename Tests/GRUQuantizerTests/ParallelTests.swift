import GRUQuantizer
import Synchronization
import Testing

@Suite("Work on all cores") struct ParallelTests {
  @Test("is in order, each piece once", arguments: [0, 1, 20 << 20, 100 << 20])
  func order(size: Int) {
    for count in [0, 1, 2, 7, 100] {
      #expect(concurrentMap(count, ofSize: size) { $0 } == Array(0..<count))
    }
  }

  @Test("takes as many large pieces at once as 48 MiB hold")
  func atOnce() {
    let running = Atomic(0)
    let most = Atomic(0)
    for (size, limit) in [(24 << 20, 2), (25 << 20, 1), (100 << 20, 1)] {
      most.store(0, ordering: .relaxed)
      _ = concurrentMap(50, ofSize: size) { _ in
        let now = running.add(1, ordering: .relaxed).newValue
        most.max(now, ordering: .relaxed)
        for _ in 0..<10_000 { _ = running.load(ordering: .relaxed) }
        running.subtract(1, ordering: .relaxed)
      }
      #expect(most.load(ordering: .relaxed) <= limit)
    }
  }
}

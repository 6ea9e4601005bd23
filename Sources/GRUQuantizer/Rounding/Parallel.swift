import Dispatch

/// The results of independent work, in order, made on all cores.
public func concurrentMap<Result: Sendable>(
  _ count: Int, _ body: @Sendable (Int) -> Result
) -> [Result] {
  guard count > 0 else { return [] }
  return [Result](unsafeUninitializedCapacity: count) { buffer, initialized in
    // Each index is written once, by one thread.
    nonisolated(unsafe) let base = buffer.baseAddress!
    DispatchQueue.concurrentPerform(iterations: count) { index in
      (base + index).initialize(to: body(index))
    }
    initialized = count
  }
}

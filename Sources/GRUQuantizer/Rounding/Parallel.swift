import Dispatch

/// The results of independent work, in order, made on all cores.
///
/// - Throws: the first error, in order, after all of the work is done.
public func concurrentMap<Result: Sendable, Failure: Error>(
  _ count: Int, _ body: @Sendable (Int) throws(Failure) -> Result
) throws(Failure) -> [Result] {
  guard count > 0 else { return [] }
  let results = [Swift.Result<Result, Failure>](unsafeUninitializedCapacity: count) {
    buffer, initialized in
    // Each index is written once, by one thread.
    nonisolated(unsafe) let base = buffer.baseAddress!
    DispatchQueue.concurrentPerform(iterations: count) { index in
      (base + index).initialize(
        to: Swift.Result { () throws(Failure) in try body(index) })
    }
    initialized = count
  }
  var values: [Result] = []
  values.reserveCapacity(count)
  for result in results { values.append(try result.get()) }
  return values
}

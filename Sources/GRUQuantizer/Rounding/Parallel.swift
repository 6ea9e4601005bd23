import Dispatch

/// Pieces of a size that may be in memory together.
func piecesAtOnce(ofSize size: Int) -> Int { max(1, (48 << 20) / max(size, 1)) }

/// The results of independent work, in order, made on all cores.
///
/// - Parameter size: bytes that each piece takes while it is made: of large ones, as many are made at
///   once as take 48 MiB, on however many cores.
/// - Throws: the first error, in order, after all of the work is done.
public func concurrentMap<Result: Sendable, Failure: Error>(
  _ count: Int, ofSize size: Int = 0, _ body: @Sendable (Int) throws(Failure) -> Result
) throws(Failure) -> [Result] {
  guard count > 0 else { return [] }
  let results = [Swift.Result<Result, Failure>](unsafeUninitializedCapacity: count) {
    buffer, initialized in
    // Each index is written once, by one thread.
    nonisolated(unsafe) let base = buffer.baseAddress!
    let lines = min(count, piecesAtOnce(ofSize: size))
    DispatchQueue.concurrentPerform(iterations: lines) { line in
      for index in stride(from: line, to: count, by: lines) {
        (base + index).initialize(
          to: Swift.Result { () throws(Failure) in try body(index) })
      }
    }
    initialized = count
  }
  var values: [Result] = []
  values.reserveCapacity(count)
  for result in results { values.append(try result.get()) }
  return values
}

public import CGRU

/// A value in [−1, 1): real = `raw` / 2¹⁵.
public struct Q15: Equatable, Sendable {
  public var raw: Int16

  @inlinable @inline(__always)
  public init(raw: Int16) { self.raw = raw }

  /// The nearest representable value: anything outside Int16 saturates to its end.
  @inlinable @inline(__always)
  public init(saturating raw: Int32) {
    self.raw = Int16(truncatingIfNeeded: gru_saturate16(raw))
  }
}

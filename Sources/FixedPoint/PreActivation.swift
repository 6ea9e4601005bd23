/// The argument of σ or tanh: real = `raw` / 2¹⁸, in [−8192, 8192).
///
/// A row's sum W·x + U·h + b arrives here. Its bound is proved by the quantizer, so it never wraps;
/// the functions that read it saturate far inside the range.
public struct PreActivation: Equatable, Sendable {
  public var raw: Int32

  @inlinable @inline(__always)
  public init(raw: Int32) { self.raw = raw }
}

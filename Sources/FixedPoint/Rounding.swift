public import CGRU

/// The one rounding of this project: to nearest, half up.
///
/// Every result below is `⌊exact + ½⌋`, taken once.

/// Divides by a power of two: `⌊value / 2^count + ½⌋`.
///
/// - Precondition: `value` ≤ 2³¹ − 1 − 2^(count − 1), and 0 < `count` < 32; otherwise the sum wraps.
@inlinable @inline(__always)
public func roundedShiftRight(_ value: Int32, by count: Int32) -> Int32 {
  // The shift itself rounds down, which the added half turns into rounding half up.
  (value &+ (1 &<< (count &- 1))) &>> count
}

/// Adds a rounded high product: `addend + ⌊a × b / 2³² + ½⌋`, one instruction (SMMLAR) on Armv7E-M.
///
/// Wraps where the sum leaves Int32: callers state the bound that keeps it inside.
@inlinable @inline(__always)
public func multiplyHigh(_ a: Int32, _ b: Int32, addingTo addend: Int32 = 0) -> Int32 {
  gru_smmlar(addend, a, b)
}

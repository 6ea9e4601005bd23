import FixedPoint
import Foundation

/// Bytes of the table behind σ and tanh.
public let tableSize = MemoryLayout<Int16>.stride * tanhKnots.count

/// σ and tanh of the runtime against Foundation's, over every pre-activation within ±16.
public struct TableCheck: Encodable {
  /// Units of 2⁻¹⁵.
  public var sigmoidError = 0.0
  public var tanhError = 0.0
  /// Both monotone, tanh odd, σ(−x) = 1 − σ(x).
  public var isSymmetric = true
  public var isMonotone = true
  /// Every knot equals its formula.
  public var knotsMatch = true

  /// What the errors must stay below; a step's bound counts on it.
  static let (sigmoidLimit, tanhLimit) = (0.55, 0.84)

  public var pass: Bool {
    sigmoidError < Self.sigmoidLimit && tanhError < Self.tanhLimit && isSymmetric && isMonotone
      && knotsMatch
  }

  public init() {
    var last = (sigmoid: Int32(-1), tanh: Int32(-1))
    for raw in Int32(0)...16 << 18 {
      let x = Double(raw) * 0x1p-18
      let (s, t) = (sigmoid(PreActivation(raw: raw)).raw, tanh(PreActivation(raw: raw)).raw)
      // The exponential serves both: tanh x = (1 − e^−2x) / (1 + e^−2x).
      let e = exp(-x)
      sigmoidError = max(sigmoidError, abs(Double(s) / 2 - 32_768 / (1 + e)))
      tanhError = max(tanhError, abs(Double(t) / 256 - 32_768 * (1 - e * e) / (1 + e * e)))
      isMonotone = isMonotone && s >= last.sigmoid && t >= last.tanh
      isSymmetric =
        isSymmetric && sigmoid(PreActivation(raw: -raw)).raw == 65_536 - s
        && tanh(PreActivation(raw: -raw)).raw == -t
      last = (s, t)
    }
    knotsMatch = (0..<tanhKnots.count).allSatisfy { tanhKnots[$0] == Self.knot($0) }
  }

  /// The formula in `GateTables.swift`.
  static func knot(_ index: Int) -> Int16 {
    guard index < 355 else { return .max }
    let tangent = Foundation.tanh(Double(index) / 64)
    let secondDerivative = -2 * tangent * (1 - tangent * tangent)
    let value = 65_536 * (tangent - secondDerivative / (16 * 64 * 64))
    return Int16(min(65_535, value.rounded()) - 32_768)
  }
}

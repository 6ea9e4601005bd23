import FixedPoint
import Foundation
import GRUQuantizer
import ModelFiles

/// What a layer reads: int16 units, which are whole where they are rounded.
enum EmulatedVector {
  case units([Double])
  case token(Int)
}

/// A matrix whose product is a share of a pre-activation in Q(18 − s).
struct EmulatedMatrix {
  /// Integers, or exact weights that multiply int16 units to Q(18 − s).
  private let weights: RealMatrix
  /// nil for exact weights.
  private let multipliers: [Double]?
  /// 2^m of an int16 row.
  private let divisor: Double
  private let roundsSums: Bool

  init(
    _ exact: RealMatrix, _ integers: QuantizedMatrix, vectorScale: Double, preActivationShift: Int,
    isRounded: Bool, roundsSums: Bool
  ) {
    self.roundsSums = roundsSums
    divisor = scalbn(1, integers.shift)
    if isRounded {
      weights =
        integers.layout == .tokens
        ? integers.integers.map { $0 * scalbn(1, integers.shift) } : integers.integers
      multipliers = integers.multipliers.map { Double($0) }
    } else {
      weights = exact.map { scalbn($0 * vectorScale, 18 - preActivationShift) }
      multipliers = nil
    }
  }

  func callAsFunction(_ vector: EmulatedVector) -> [Double] {
    switch vector {
    case .units(let units): self(units)
    case .token(let token):
      stride(from: token, to: weights.values.count, by: weights.columns).map { weights.values[$0] }
    }
  }

  func callAsFunction(_ units: [Double]) -> [Double] {
    let sums = weights(units)
    guard let multipliers else { return roundsSums ? sums.map(roundedHalfUp) : sums }
    return zip(sums, multipliers).map { sum, multiplier in
      roundsSums
        ? roundedHighProduct(roundedHalfUp(sum / divisor), multiplier)
        : sum / divisor * multiplier * 0x1p-32
    }
  }
}

/// ⌊x + ½⌋
func roundedHalfUp(_ x: Double) -> Double { (x + 0.5).rounded(.down) }

/// ⌊a·b / 2³² + ½⌋ of integers below 2³¹, exact: a Double holds the upper half of a·b, and `rest`
/// what that leaves over.
func roundedHighProduct(_ a: Double, _ b: Double) -> Double {
  let product = a * b
  let rest = (-product).addingProduct(a, b)
  let floor = (product * 0x1p-32).rounded(.down)
  return product - floor * 0x1p32 + rest >= 0x1p31 ? floor + 1 : floor
}

/// The nearest int16.
func saturatedQ15(_ x: Double) -> Double { max(-32_768, min(32_767, roundedHalfUp(x))) }

extension PreActivation {
  /// The nearest Q18: a sum that is exact loses far less by it than the tables lose.
  init(nearest sum: Double) {
    self.init(raw: Int32(max(-0x1p31, min(0x1p31 - 1, roundedHalfUp(sum)))))
  }
}

extension RealMatrix {
  fileprivate func map(_ transform: (Double) -> Double) -> RealMatrix {
    RealMatrix(rows: rows, columns: columns, values: values.map(transform))
  }
}

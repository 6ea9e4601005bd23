import CGRU

/// Integer rows, each with a multiplier that carries the scales of the row and of its input.
public struct QuantizedMatrix: Equatable, Sendable {
  public var rows: Int
  public var columns: Int
  public var format: WeightFormat
  /// How the weights lie in memory.
  public var layout: WeightLayout
  /// Row after row.
  public var weights: [Int16]
  /// One a row; none for tokens.
  public var multipliers: [Int32]
  /// Rows: bits that an int16 row's 64-bit sum is rounded right by, 0 for int8. Tokens: bits that a
  /// weight is shifted left by.
  public var shift: Int

  public init(
    rows: Int, columns: Int, format: WeightFormat, layout: WeightLayout = .quads,
    weights: [Int16], multipliers: [Int32], shift: Int
  ) {
    self.rows = rows
    self.columns = columns
    self.format = format
    self.layout = layout
    self.weights = weights
    self.multipliers = multipliers
    self.shift = shift
  }

  /// The weights of a row.
  public func row(_ index: Int) -> ArraySlice<Int16> {
    weights[index * columns..<(index + 1) * columns]
  }
}

/// Width of a stored weight.
public enum WeightFormat: String, Sendable, CaseIterable {
  case int8
  case int16

  /// The largest magnitude of a weight; its negative is the smallest weight.
  public var limit: Int { self == .int8 ? 127 : 32_767 }
  /// Bytes of a weight.
  public var size: Int { self == .int8 ? 1 : 2 }
  /// The header's constant.
  public var code: UInt8 { UInt8(self == .int8 ? GRU_WEIGHTS_INT8 : GRU_WEIGHTS_INT16) }
}

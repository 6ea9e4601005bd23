/// What `gru quantize` found for one size of flash: no other mixture of widths is both smaller and
/// more accurate. Measured before it was tuned.
public struct FrontPoint: Codable, Equatable, Sendable {
  public var flash: Int
  /// dB over the held-back calibration data; nil without any error.
  public var sqnr: Double?
  /// Of any hidden state.
  public var maximum: Double
  /// Matrices of 16 bits.
  public var int16: [String]
  public var chosen: Bool

  public init(flash: Int, sqnr: Double?, maximum: Double, int16: [String], chosen: Bool) {
    self.flash = flash
    self.sqnr = sqnr
    self.maximum = maximum
    self.int16 = int16
    self.chosen = chosen
  }

  private enum CodingKeys: String, CodingKey {
    case flash, int16, chosen
    case sqnr = "sqnr_db"
    case maximum = "max_abs_error"
  }
}

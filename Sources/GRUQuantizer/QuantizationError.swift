/// Why a network that was read well cannot be put into integers.
public struct QuantizationError: Error, Equatable {
  public var message: String
  public var hint: String?

  public init(_ message: String, hint: String? = nil) {
    self.message = message
    self.hint = hint
  }
}

public import Foundation

extension Data {
  /// Appends an integer, least significant byte first.
  public mutating func append(_ value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }

  /// The bytes of an integer, least significant first.
  public init(_ value: some FixedWidthInteger) {
    self.init()
    append(value)
  }

  /// The same bytes with one of them changed.
  public func changing(_ offset: Int, by mask: UInt8) -> Data {
    var copy = self
    copy[copy.startIndex + offset] ^= mask
    return copy
  }
}

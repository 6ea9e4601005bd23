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

/// The CRC-32 of ISO 3309, bit by bit: shares nothing with those of the project.
public func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
  var crc = UInt32.max
  for byte in bytes {
    crc ^= UInt32(byte)
    for _ in 0..<8 {
      let carry = crc & 1
      crc >>= 1
      if carry == 1 { crc ^= 0xEDB8_8320 }
    }
  }
  return ~crc
}

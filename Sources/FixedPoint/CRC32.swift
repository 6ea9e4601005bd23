/// The CRC-32 of ISO 3309 (zlib, PNG, Ethernet): reflected polynomial 0xEDB88320.
public struct CRC32: Equatable, Sendable {
  @usableFromInline var remainder: UInt32 = 0xFFFF_FFFF

  @inlinable
  public init() {}

  /// The checksum of the bytes fed so far.
  @inlinable
  public var value: UInt32 { ~remainder }

  @inlinable
  public mutating func update(_ byte: UInt8) {
    remainder ^= UInt32(byte)
    for _ in 0..<8 {
      remainder = (remainder &>> 1) ^ (remainder & 1 == 0 ? 0 : 0xEDB8_8320)
    }
  }

  /// Feeds the bytes of an integer, least significant first.
  @inlinable
  public mutating func update(_ value: UInt32, bytes: Int32) {
    var rest = value
    var count = bytes
    while count > 0 {
      update(UInt8(truncatingIfNeeded: rest))
      rest &>>= 8
      count &-= 1
    }
  }
}

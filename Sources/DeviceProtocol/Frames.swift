import FixedPoint

/// The bytes that have a meaning of their own on the wire.
/// Source: RFC 1055, "A Nonstandard for Transmission of IP Datagrams over Serial Lines: SLIP".
enum Mark {
  static let end: UInt8 = 0xC0
  static let escape: UInt8 = 0xDB
  /// Behind an escape, these two stand for the two above.
  static let escapedEnd: UInt8 = 0xDC
  static let escapedEscape: UInt8 = 0xDD
}

/// Where encoded bytes go.
public protocol ByteSink {
  mutating func write(_ byte: UInt8)
}

/// Writes one frame: end, payload, CRC-32 of the payload, end; what lies between the ends is escaped.
///
/// Nothing is buffered: a byte is on its way when `write` returns.
public struct FrameEncoder<Sink: ByteSink> {
  public private(set) var sink: Sink
  private var checksum = CRC32()

  /// Opens a frame. The end before it closes whatever noise has come before.
  public init(to sink: Sink) {
    self.sink = sink
    self.sink.write(Mark.end)
  }

  /// The lower bytes of an integer, least significant first.
  @inline(never)
  public mutating func write(_ value: UInt32, bytes: Int32) {
    checksum.update(value, bytes: bytes)
    writeEscaped(value, bytes: bytes)
  }

  /// Closes the frame.
  public mutating func finish() {
    writeEscaped(checksum.value, bytes: 4)
    sink.write(Mark.end)
  }

  private mutating func writeEscaped(_ value: UInt32, bytes: Int32) {
    var rest = value
    var count = bytes
    while count > 0 {
      switch UInt8(truncatingIfNeeded: rest) {
      case Mark.end: write(escaped: Mark.escapedEnd)
      case Mark.escape: write(escaped: Mark.escapedEscape)
      case let byte: sink.write(byte)
      }
      rest &>>= 8
      count &-= 1
    }
  }

  private mutating func write(escaped byte: UInt8) {
    sink.write(Mark.escape)
    sink.write(byte)
  }
}

/// Finds frames in a stream of bytes; whatever else is in it costs the frame that it hits, no other.
@safe
public struct FrameDecoder {
  /// What a byte has brought about.
  public enum Event: Equatable, Sendable {
    case nothing
    /// A frame whose checksum is right lies in the memory; how many bytes its payload has.
    case frame(Int)
    /// The bytes since the last end were no frame.
    case damaged
  }

  private let memory: UnsafeMutableRawBufferPointer
  private var count = 0
  private var isEscaped = false
  /// Whether a byte did not fit the memory, or an escape stood before a byte that needs none.
  private var isBroken = false

  /// - Parameter memory: for the longest payload and the four bytes of its checksum; it must outlive
  ///   the decoder.
  public init(memory: UnsafeMutableRawBufferPointer) {
    unsafe self.memory = memory
  }

  public mutating func receive(_ byte: UInt8) -> Event {
    switch byte {
    case Mark.end:
      defer { (count, isEscaped, isBroken) = (0, false, false) }
      return event
    case _ where isEscaped:
      isEscaped = false
      switch byte {
      case Mark.escapedEnd: store(Mark.end)
      case Mark.escapedEscape: store(Mark.escape)
      default: isBroken = true
      }
    case Mark.escape: isEscaped = true
    default: store(byte)
    }
    return .nothing
  }

  /// What the bytes before an end are.
  private var event: Event {
    guard count > 0 || isEscaped || isBroken else { return .nothing }
    guard !isEscaped, !isBroken, count > 4 else { return .damaged }
    var checksum = CRC32()
    var offset = 0
    while offset < count &- 4 {
      unsafe checksum.update(memory[offset])
      offset &+= 1
    }
    return unsafe UnsafeRawPointer(memory.baseAddress.unsafelyUnwrapped).word(at: offset)
      == checksum.value ? .frame(offset) : .damaged
  }

  private mutating func store(_ byte: UInt8) {
    guard unsafe count < memory.count else {
      isBroken = true
      return
    }
    unsafe memory[count] = byte
    count &+= 1
  }
}

extension UnsafeRawPointer {
  /// Four bytes as they lie on the wire, at any address.
  func word(at offset: Int) -> UInt32 {
    var value: UInt32 = 0
    var index = 4
    while index > 0 {
      index &-= 1
      value = unsafe value &<< 8 | UInt32(load(fromByteOffset: offset &+ index, as: UInt8.self))
    }
    return value
  }
}

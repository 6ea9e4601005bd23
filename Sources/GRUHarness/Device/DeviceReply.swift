import DeviceProtocol

/// A reply whose checksum was right.
struct DeviceReply {
  var version: UInt8
  var kind: UInt8
  var status: UInt16
  var session: UInt32
  var sequence: UInt32
  var boot: UInt32
  var steps: UInt32
  var body: LittleEndianBytes

  /// Nil for a payload that is too short to be one.
  init?(_ payload: ArraySlice<UInt8>) {
    guard payload.count >= Message.replyHeaderSize else { return nil }
    var bytes = LittleEndianBytes(payload)
    version = bytes.next()
    kind = bytes.next()
    status = bytes.next()
    session = bytes.next()
    sequence = bytes.next()
    boot = bytes.next()
    steps = bytes.next()
    body = bytes
  }
}

/// Integers one after the other; the reader has checked that there are as many bytes.
struct LittleEndianBytes {
  private(set) var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  var count: Int { rest.count }

  mutating func next<T: FixedWidthInteger>(as _: T.Type = T.self) -> T {
    let size = T.bitWidth / 8
    let value = rest.prefix(size).reversed().reduce(T(0)) { $0 << 8 | T(truncatingIfNeeded: $1) }
    rest = rest.dropFirst(size)
    return value
  }

  mutating func next<T: FixedWidthInteger>(_ count: Int) -> [T] { (0..<count).map { _ in next() } }

  /// Up to a zero.
  mutating func nextText() -> String {
    let text = rest.prefix { $0 != 0 }
    rest = rest.dropFirst(text.count + 1)
    // Text from a device goes to a terminal: nothing of it may control one.
    return String(decoding: text, as: UTF8.self).filter {
      !$0.unicodeScalars.contains(where: \.isControl)
    }
  }
}

extension Unicode.Scalar {
  fileprivate var isControl: Bool {
    [.control, .format, .lineSeparator, .paragraphSeparator].contains(properties.generalCategory)
  }
}

/// What a device says of itself.
struct DeviceIdentity {
  var checksum: UInt32
  var clock: Int
  var hiddenCount: Int
  var inputSize: Int
  var outputSize: Int
  var readsTokens: Bool
  var model: String
  var board: String
  var core: String
  var counter: String
  var boot: UInt32

  /// Nil for a body that is no identity.
  init?(_ reply: DeviceReply) {
    var body = reply.body
    guard body.count >= Message.Identity.textOffset,
      body.rest.dropFirst(Message.Identity.textOffset).count(where: { $0 == 0 })
        == Message.Identity.textCount
    else { return nil }
    checksum = body.next()
    clock = Int(body.next(as: UInt32.self))
    hiddenCount = Int(body.next(as: UInt32.self))
    inputSize = Int(body.next(as: UInt16.self))
    outputSize = Int(body.next(as: UInt16.self))
    readsTokens = body.next(as: UInt8.self) != 0
    model = body.nextText()
    board = body.nextText()
    core = body.nextText()
    counter = body.nextText()
    boot = reply.boot
  }
}

/// A name in UTF-8 that ends with a zero, and how text is written byte by byte.
@safe
struct Text {
  private let start: UnsafePointer<CChar>

  init(_ start: UnsafePointer<CChar>) { unsafe self.start = start }

  /// Columns on a terminal, one for each character: bytes that don't continue one.
  var columns: UInt32 {
    var columns: UInt32 = 0
    forEachByte { byte in if byte & 0xC0 != 0x80 { columns &+= 1 } }
    return columns
  }

  /// Filled up with spaces to as many columns.
  func write(columns: UInt32, _ write: (UInt8) -> Void) {
    forEachByte(write)
    Self.fill(columns, beyond: self.columns, write)
  }

  private func forEachByte(_ body: (UInt8) -> Void) {
    var next = unsafe start
    while unsafe next.pointee != 0 {
      body(unsafe UInt8(bitPattern: next.pointee))
      unsafe next += 1
    }
  }

  static func write(_ text: StaticString, _ write: (UInt8) -> Void) {
    text.withUTF8Buffer { bytes in
      for index in bytes.indices { write(unsafe bytes[index]) }
    }
  }

  /// Set to the right in as many columns.
  static func write(decimal value: UInt32, columns: UInt32, _ write: (UInt8) -> Void) {
    var digits: UInt32 = 1
    var power: UInt32 = 1
    while value / power >= 10 {
      power &*= 10
      digits &+= 1
    }
    fill(columns, beyond: digits, write)
    while power > 0 {
      write(UInt8(truncatingIfNeeded: value / power % 10) &+ 0x30)
      power /= 10
    }
  }

  private static func fill(
    _ columns: UInt32, beyond used: UInt32, _ write: (UInt8) -> Void
  ) {
    var column = used
    while column < columns {
      write(0x20)
      column &+= 1
    }
  }
}

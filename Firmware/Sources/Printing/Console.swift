public import Board

extension Console {
  public static func write(_ text: StaticString) {
    text.withUTF8Buffer { bytes in
      for index in bytes.indices { write(unsafe bytes[index]) }
    }
  }

  /// A C string.
  public static func write(cString text: UnsafePointer<CChar>) {
    var next = unsafe text
    while unsafe next.pointee != 0 {
      write(unsafe UInt8(bitPattern: next.pointee))
      unsafe next += 1
    }
  }

  public static func write(decimal value: UInt32) {
    if value >= 10 { write(decimal: value / 10) }
    write(UInt8(truncatingIfNeeded: value % 10) &+ 0x30)
  }

  /// Eight digits.
  public static func write(hexadecimal value: UInt32) {
    var digit = 8
    while digit > 0 {
      digit &-= 1
      let nibble = UInt8(truncatingIfNeeded: value &>> UInt32(truncatingIfNeeded: 4 &* digit)) & 15
      write(nibble < 10 ? nibble &+ 0x30 : nibble &+ 0x37)
    }
  }
}

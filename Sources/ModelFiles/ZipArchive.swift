import Foundation

/// Just enough of zip to read stored entries, as strictly as other readers: each entry has its own
/// bytes, its local header agrees with the directory, and its CRC-32 is right.
///
/// Source: PKWARE APPNOTE 4.3: end of central directory, central directory, local headers.
struct ZipArchive {
  struct Entry {
    var name: String
    fileprivate var nameBytes: Data
    fileprivate var flags: Int
    fileprivate var method: Int
    fileprivate var crc: UInt32
    fileprivate var storedSize: Int
    fileprivate var size: Int
    fileprivate var localHeader: Int
  }

  let file: InputFile

  private enum Flag {
    /// Encrypted, patched, strongly encrypted: other bytes stand in place of the data.
    static let notTheData = 1 << 0 | 1 << 5 | 1 << 6
    static let utf8 = 1 << 11
  }

  /// The central directory, in the order of the entries' bytes.
  func entries() throws(InputError) -> [Entry] {
    guard let end = endOfDirectory else { throw damaged("has no central directory") }
    guard try end + 22 + integer(2, at: end + 20) == file.bytes.count else {
      throw damaged("does not end where it says")
    }
    let directory = try integer(4, at: end + 16)
    var offset = directory
    var entries: [Entry] = []
    for _ in 0..<(try integer(2, at: end + 10)) {
      guard try integer(4, at: offset) == 0x0201_4B50 else {
        throw damaged("has a damaged central directory")
      }
      let nameBytes = try slice(offset + 46, integer(2, at: offset + 28))
      let rest = try integer(2, at: offset + 30) + integer(2, at: offset + 32)
      let flags = try integer(2, at: offset + 8)
      entries.append(
        Entry(
          name: try name(nameBytes, flags), nameBytes: nameBytes, flags: flags,
          method: try integer(2, at: offset + 10),
          crc: UInt32(try integer(4, at: offset + 16)),
          storedSize: try integer(4, at: offset + 20), size: try integer(4, at: offset + 24),
          localHeader: try integer(4, at: offset + 42)))
      offset += 46 + nameBytes.count + rest
    }
    entries.sort { $0.localHeader < $1.localHeader }
    // One run of bytes under many names would grow beyond any file.
    for (entry, next) in zip(entries, entries.dropFirst()) where entry.end > next.localHeader {
      throw damaged("has overlapping entries '\(entry.name)' and '\(next.name)'")
    }
    if let last = entries.last, last.end > directory {
      throw damaged("has an entry '\(last.name)' that runs into the directory")
    }
    return entries
  }

  /// Without the flag, bytes beyond ASCII are of a code page that nothing names.
  private func name(_ bytes: Data, _ flags: Int) throws(InputError) -> String {
    let isPlain = bytes.allSatisfy { $0 < 0x80 }
    guard isPlain || flags & Flag.utf8 != 0, let name = String(validating: bytes, as: UTF8.self)
    else { throw damaged("has an entry whose name is not UTF-8") }
    return name
  }

  func data(of entry: Entry) throws(InputError) -> Data {
    guard entry.method == 0, entry.storedSize == entry.size else {
      throw file.error(
        "entry '\(entry.name)' is compressed", notes: ["hint: np.savez, not np.savez_compressed"])
    }
    let start = entry.localHeader
    let nameSize = try integer(2, at: start + 26)
    guard try integer(4, at: start) == 0x0403_4B50, entry.flags & Flag.notTheData == 0,
      try slice(start + 30, nameSize) == entry.nameBytes
    else { throw damaged("has a damaged entry '\(entry.name)'") }
    let data = try slice(start + 30 + nameSize + integer(2, at: start + 28), entry.size)
    let crc = crc32(data)
    guard crc == entry.crc else {
      throw damaged("has a damaged entry '\(entry.name)': its CRC-32 is wrong")
    }
    return data
  }

  /// The last 22 bytes, or before a comment of at most 64 KiB.
  private var endOfDirectory: Int? {
    let signature = Data([0x50, 0x4B, 5, 6])
    let tail = file.bytes.suffix(22 + 65_535)
    guard let range = tail.range(of: signature, options: .backwards) else { return nil }
    return range.lowerBound - file.bytes.startIndex
  }

  private func integer(_ size: Int, at offset: Int) throws(InputError) -> Int {
    try slice(offset, size).reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  private func slice(_ offset: Int, _ size: Int) throws(InputError) -> Data {
    guard offset >= 0, size >= 0, offset + size <= file.bytes.count else {
      throw damaged("ends inside an entry")
    }
    let start = file.bytes.startIndex + offset
    return file.bytes[start..<start + size]
  }

  private func damaged(_ what: String) -> InputError {
    file.error("is a zip archive that \(what)")
  }
}

extension ZipArchive.Entry {
  /// The least that header, name and data take.
  fileprivate var end: Int { localHeader + 30 + nameBytes.count + storedSize }
}

/// The CRC-32 of ISO 3309, byte by byte from a table.
private func crc32(_ data: Data) -> UInt32 {
  let table = (0..<256).map { byte -> UInt32 in
    (0..<8).reduce(UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 0 ? 0 : 0xEDB8_8320) }
  }
  return data.withUnsafeBytes { bytes in
    table.withUnsafeBufferPointer { table in
      ~bytes.reduce(0xFFFF_FFFF) { crc, byte in
        crc >> 8 ^ table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)]
      }
    }
  }
}

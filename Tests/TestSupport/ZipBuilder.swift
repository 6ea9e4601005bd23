public import Foundation

/// Bytes of zip archives, right or wrong on purpose.
public struct ZipBuilder {
  public struct Entry {
    public var name: String
    public var data: Data
    public var method: UInt16 = 0
    public var flags: UInt16
    public var crc: UInt32?
    /// The name in the local header, where it differs.
    public var localName: String?
    /// The extra field of both headers; NumPy's has 20 bytes.
    public var extra = Data()
    public var comment = Data()
  }

  public var entries: [Entry]
  /// Whether all entries lie where the first one lies.
  public var overlaps = false
  /// Whether the directory names the last entry first.
  public var isDirectoryReversed = false

  public init(_ entries: [(name: String, data: Data)]) {
    self.entries = entries.map { name, data in
      // Bit 11: the name is UTF-8.
      Entry(name: name, data: data, flags: name.utf8.allSatisfy { $0 < 0x80 } ? 0 : 1 << 11)
    }
  }

  public var data: Data {
    var (archive, records) = (Data(), [Data]())
    for (index, entry) in entries.enumerated() {
      let crc = entry.crc ?? crc32(entry.data)
      let start = overlaps ? 0 : archive.count
      if !overlaps || index == 0 {
        let name = Data((entry.localName ?? entry.name).utf8)
        archive.append(UInt32(0x0403_4B50))
        archive += Self.sizes(entry, crc)
        archive.append(UInt16(name.count))
        archive.append(UInt16(entry.extra.count))
        archive += name + entry.extra + entry.data
      }
      let name = Data(entry.name.utf8)
      var record = Data(UInt32(0x0201_4B50)) + Data(UInt16(20))
      record += Self.sizes(entry, crc)
      record.append(UInt16(name.count))
      record.append(UInt16(entry.extra.count))
      record.append(UInt16(entry.comment.count))
      record += Data(count: 8)
      record.append(UInt32(start))
      records.append(record + name + entry.extra + entry.comment)
    }
    if isDirectoryReversed { records.reverse() }
    let directory = Data(records.joined())
    let start = archive.count
    archive += directory
    archive.append(UInt32(0x0605_4B50))
    archive += Data(count: 4)
    for _ in 0..<2 { archive.append(UInt16(entries.count)) }
    archive.append(UInt32(directory.count))
    archive.append(UInt32(start))
    archive.append(UInt16(0))
    return archive
  }

  /// Version, flags, method, time, date, CRC and both sizes.
  private static func sizes(_ entry: Entry, _ crc: UInt32) -> Data {
    var data = Data(UInt16(20)) + Data(entry.flags)
    data.append(entry.method)
    data.append(UInt32(0))
    data.append(crc)
    for _ in 0..<2 { data.append(UInt32(entry.data.count)) }
    return data
  }
}

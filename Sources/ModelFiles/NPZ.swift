import Foundation

/// The arrays of NumPy's `.npz`: a zip archive of `.npy` files, stored without compression as
/// `np.savez` writes them.
///
/// Source: PKWARE APPNOTE 4.3: end of central directory, central directory, local headers.
struct NPZ {
  let tensors: [Tensor]

  init(_ file: InputFile) throws(InputError) {
    let archive = ZipArchive(file: file)
    let entries = try archive.entries()
    try Self.refuseOtherArchives(entries.map(\.name), file)
    var tensors: [Tensor] = []
    for entry in entries {
      let name = String(entry.name.dropLast(".npy".count))
      guard !tensors.contains(where: { $0.name == name }) else {
        throw file.error("has the array '\(name)' twice")
      }
      let array = try NPY(
        InputFile(name: "\(file.name): \(entry.name)", bytes: try archive.data(of: entry)))
      guard !array.isInteger else {
        throw file.error("array '\(name)' has integers, expected float weights")
      }
      let shape = array.shape.isEmpty ? [1] : array.shape
      tensors.append(Tensor(name: name, shape: shape, dtype: "npy", values: array.values))
    }
    self.tensors = tensors
  }

  private static func refuseOtherArchives(
    _ names: [String], _ file: InputFile
  ) throws(InputError) {
    if names.contains(where: { $0.hasSuffix(".pkl") }) {
      throw file.error(
        "is a PyTorch pickle, expected safetensors; pickles run code and are never opened",
        notes: [
          "hint: from safetensors.torch import save_file",
          "hint: save_file(model.state_dict(), \"model.safetensors\")",
        ])
    }
    if names.contains("config.json") {
      throw file.error(
        "is a Keras archive, expected safetensors",
        notes: ["hint: gru-export model.keras -o model.safetensors"])
    }
    guard !names.isEmpty, names.allSatisfy({ $0.hasSuffix(".npy") }) else {
      throw file.error("is a zip archive with other files than .npy arrays, expected safetensors")
    }
  }
}

/// Just enough of zip to read stored entries.
private struct ZipArchive {
  struct Entry {
    var name: String
    var size: Int
    var localHeader: Int
  }

  let file: InputFile

  func entries() throws(InputError) -> [Entry] {
    guard let end = endOfDirectory else { throw damaged("has no central directory") }
    guard try end + 22 + integer(2, at: end + 20) == file.bytes.count else {
      throw damaged("does not end where it says")
    }
    var offset = try integer(4, at: end + 16)
    var entries: [Entry] = []
    for _ in 0..<(try integer(2, at: end + 10)) {
      guard try integer(4, at: offset) == 0x0201_4B50 else {
        throw damaged("has a damaged central directory")
      }
      let method = try integer(2, at: offset + 10)
      let size = try integer(4, at: offset + 24)
      let nameSize = try integer(2, at: offset + 28)
      let rest = try integer(2, at: offset + 30) + (try integer(2, at: offset + 32))
      let name = String(decoding: try slice(offset + 46, nameSize), as: UTF8.self)
      guard method == 0, try integer(4, at: offset + 20) == size else {
        throw file.error(
          "entry '\(name)' is compressed", notes: ["hint: np.savez, not np.savez_compressed"])
      }
      entries.append(
        Entry(name: name, size: size, localHeader: try integer(4, at: offset + 42)))
      offset += 46 + nameSize + rest
    }
    return entries
  }

  func data(of entry: Entry) throws(InputError) -> Data {
    guard try integer(4, at: entry.localHeader) == 0x0403_4B50 else {
      throw damaged("has a damaged entry '\(entry.name)'")
    }
    let skip =
      try integer(2, at: entry.localHeader + 26)
      + (try integer(2, at: entry.localHeader + 28))
    return try slice(entry.localHeader + 30 + skip, entry.size)
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
    return Data(file.bytes[start..<start + size])
  }

  private func damaged(_ what: String) -> InputError {
    file.error("is a zip archive that \(what)")
  }
}

import Foundation
import ModelFiles
import TestSupport

/// The reader of NumPy's archives, and that of the zip around them.
enum NPZTarget: FuzzTarget {
  static let name = "npz"

  static let seeds: [[UInt8]] = {
    let gru = SafetensorsBuilder.gru(inputs: 1, hidden: 1)
    let arrays = gru.tensors.map { tensor in
      (
        tensor.name + ".npy",
        NPYBuilder.floats(tensor.values.map { Double($0) }, shape: tensor.shape)
      )
    }
    let one = NPYBuilder.floats([1], shape: [])
    return [
      ZipBuilder(arrays), ZipBuilder([("a.npy", one), ("b.npy", one)]),
      ZipBuilder([("archive/data.pkl", one)]), ZipBuilder([]),
    ].map { Array($0.data) }
  }()

  static func check(_ bytes: [UInt8]) {
    guard bytes.starts(with: [0x50, 0x4B, 3, 4]) else { return }
    let file = InputFile(bytes)
    do throws(InputError) {
      let tensors = try TensorFile(file).tensors
      requireLimits(tensors)
      require(
        2 * tensors.reduce(0) { $0 + $1.values.count } <= bytes.count,
        "no byte is the weight of two arrays")
      requireRoundTrip(tensors)
      requireTruncationIsRefused(bytes)
    } catch {
      requireWords(error, about: file.name)
    }
  }

  private static func requireRoundTrip(_ tensors: [Tensor]) {
    let archive = ZipBuilder(
      tensors.map {
        ("\($0.name).npy", NPYBuilder.floats(Array($0.values), shape: $0.shape))
      })
    guard !tensors.isEmpty else { return }
    do throws(InputError) {
      let again = try TensorFile(InputFile(Array(archive.data))).tensors
      require(again.map(\.name) == tensors.map(\.name), "names and their order survive")
      for (a, b) in zip(again, tensors) {
        require(a.shape == b.shape && a.values.elementsEqual(b.values), "every value survives")
      }
    } catch {
      fail("what was read can be written: \(error.description)")
    }
  }

  private static func requireTruncationIsRefused(_ bytes: [UInt8]) {
    let shorter = InputFile(Array(bytes.dropLast()))
    require((try? TensorFile(shorter)) == nil, "an archive without its last byte is refused")
  }
}

// MARK: Mutation

extension NPZTarget {
  /// Edits the archive's entries, sizes and CRCs right half of the time, or the bytes as they are.
  static func mutate(_ bytes: [UInt8], using random: inout SeededGenerator) -> [UInt8] {
    guard random.happens(3, in: 4), var zip = ZipBuilder(reading: bytes), !zip.entries.isEmpty
    else { return mutateBytes(bytes) }
    let index = Int.random(in: 0..<zip.entries.count, using: &random)
    switch Int.random(in: 0..<12, using: &random) {
    case 0: zip.entries.remove(at: index)
    case 1: zip.entries.append(zip.entries[index])
    case 2: zip.entries[index].name = names.randomElement(using: &random)!
    case 3: zip.entries[index].localName = names.randomElement(using: &random)!
    case 4: zip.entries[index].method = 8
    case 5: zip.entries[index].crc = UInt32.random(in: .min ... .max, using: &random)
    case 6: zip.overlaps = true
    case 7: zip.entries[index].flags ^= 1 << UInt16.random(in: 0..<16, using: &random)
    default:
      let data = NPYTarget.mutate(Array(zip.entries[index].data), using: &random)
      // The CRC of what was there before, half of the time.
      if random.happens(1, in: 2) { zip.entries[index].crc = crc32(zip.entries[index].data) }
      zip.entries[index].data = Data(data)
    }
    let archive = Array(zip.data)
    return random.happens(1, in: 8) ? mutateBytes(archive) : archive
  }

  private static let names = [
    "a.npy", "b.npy", ".npy", "npy", "gru.weight_hh_l0.npy", "data.pkl", "config.json",
    "\u{1B}.npy", String(repeating: "n", count: 520) + ".npy",
  ]
}

extension ZipBuilder {
  /// The entries of an archive, by their local headers.
  fileprivate init?(reading bytes: [UInt8]) {
    var (entries, offset) = ([(name: String, data: Data)](), 0)
    func integer(_ place: Int, _ size: Int) -> Int {
      bytes[place..<place + size].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    while offset + 30 <= bytes.count, integer(offset, 4) == 0x0403_4B50 {
      let start = offset + 30 + integer(offset + 26, 2) + integer(offset + 28, 2)
      let end = start + integer(offset + 18, 4)
      guard end <= bytes.count else { return nil }
      let name = bytes[offset + 30..<offset + 30 + integer(offset + 26, 2)]
      entries.append((String(decoding: name, as: UTF8.self), Data(bytes[start..<end])))
      offset = end
    }
    self.init(entries)
  }
}

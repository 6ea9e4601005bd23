import Foundation
import ModelFiles
import TestSupport
import Testing

@Suite("npz") struct NPZTests {
  private func read(_ data: Data) throws(InputError) -> TensorFile {
    try TensorFile(InputFile(name: "m.npz", bytes: data))
  }

  @Test("arrays are read by their names, as any framework's tensors")
  func good() throws {
    let entries = SafetensorsBuilder.gru(inputs: 3, hidden: 2).tensors.map {
      ("\($0.name).npy", NPYBuilder.float32(shape: $0.shape, $0.values.map { Double($0) }))
    }
    let file = try read(ZipBuilder(entries).data)
    let network = try Network(
      file, description: NetworkDescription(layers: [.gru(.init(tensors: "gru"))]))
    #expect((network.inputSize, network.outputSize) == (3, 2))
  }

  private func message(_ data: Data) -> String? {
    #expect(throws: InputError.self) { _ = try read(data) }?.message
  }

  @Test("a number is an array of one; dimensions end at 65,535")
  func shapes() throws {
    let number = NPYBuilder.file(
      NPYBuilder.header("<f8", "()"), payload: Data(1.5.bitPattern))
    #expect(try read(ZipBuilder([("a.npy", number)]).data).tensors[0].shape == [1])
    let long = NPYBuilder.file(NPYBuilder.header("<f2", "(65536,)"), payload: Data(count: 131_072))
    #expect(
      message(ZipBuilder([("a.npy", long)]).data)
        == "array 'a' has shape [65536], expected dimensions from 1 to 65535")
  }

  @Test(
    "extra fields and comments are skipped; the directory may have any order",
    arguments: [0, 20, 300])
  func freedoms(extra: Int) throws {
    var zip = ZipBuilder(
      (1...3).map { ("\($0).npy", NPYBuilder.float32(shape: [1], [Double($0)])) })
    for index in zip.entries.indices {
      zip.entries[index].extra = Data(count: extra)
      zip.entries[index].comment = Data(count: extra / 2)
    }
    let plain = try read(zip.data).tensors
    #expect(
      plain.map(\.name) == ["1", "2", "3"] && plain.map { Array($0.values) } == [[1], [2], [3]])
    zip.isDirectoryReversed = true
    #expect(try read(zip.data).tensors.map { Array($0.values) } == [[1], [2], [3]])
  }

  @Test("an archive whose directory is not what it says is refused")
  func directory() {
    let data = ZipBuilder([("a.npy", NPYBuilder.float32(shape: [1], [1]))]).data
    #expect(message(data + [0]) == "is a zip archive that does not end where it says")
    let end = data.count - 22
    let directory = Int(data[end + 16]) | Int(data[end + 17]) << 8
    #expect(
      message(data.changing(directory, by: 1))
        == "is a zip archive that has a damaged central directory")
    // The directory says that the entry has one byte more than lie before it.
    var longer = data
    longer[directory + 20] += 1
    #expect(
      message(longer) == "is a zip archive that has an entry 'a.npy' that runs into the directory")
  }

  @Test("every truncation of an archive is refused")
  func truncated() {
    let data = ZipBuilder([("a.npy", NPYBuilder.float32(shape: [2], [1, 2]))]).data
    for length in 4..<data.count {
      #expect(throws: InputError.self) { _ = try read(data.prefix(length)) }
    }
  }
}

import Foundation
import ModelFiles
import TestSupport
import Testing

@Suite("npy") struct NPYTests {
  private func read(_ data: Data) throws(InputError) -> NPY {
    try NPY(InputFile(name: "x.npy", bytes: data))
  }

  private static func file(_ header: String, version: UInt8 = 1, payload: [UInt8]) -> Data {
    NPYBuilder.file(header, version: (version, 0), payload: Data(payload))
  }

  private static func header(_ descr: String, _ shape: String, order: String = "False") -> String {
    NPYBuilder.header(descr, shape, order: order)
  }

  @Test("what is written as float32 reads back")
  func roundTrip() throws {
    let values = (0..<24).map { Double($0) / 8 - 1 }
    for shape in [[24], [6, 4], [2, 3, 4]] {
      let data = NPY.float32(shape: shape, values)
      let array = try read(data)
      #expect(array == NPY(shape: shape, values: values))
      #expect((data.count - 24 * 4) % 64 == 0)
    }
  }

  @Test("integers, float16, float64 and version 2 are read")
  func types() throws {
    let bytes: [UInt8] = [1, 0, 255, 255]
    #expect(try read(Self.file(Self.header("<i2", "(2,)"), payload: bytes)).values == [1, -1])
    #expect(
      try read(Self.file(Self.header("|u1", "(4,)"), payload: bytes)).values == [1, 0, 255, 255])
    #expect(try read(Self.file(Self.header("<u2", "(2,)"), payload: bytes)).isInteger)
    let half = try read(
      Self.file(Self.header("<f2", "(2,)"), version: 2, payload: [0, 0x3C, 0, 0xC0]))
    #expect(half == NPY(shape: [2], values: [1, -2]))
    let one: [UInt8] = [0, 0, 0, 0, 0, 0, 0xF0, 0x3F]
    #expect(try read(Self.file(Self.header("<f8", "()"), payload: one)).values == [1])
  }

  @Test("Fortran order is put in C order")
  func fortran() throws {
    // 2 × 3 × 2 with element (i, j, k) = 100 i + 10 j + k, first index fastest
    var payload: [UInt8] = []
    for k in 0..<2 {
      for j in 0..<3 { for i in 0..<2 { payload.append(UInt8(100 * i + 10 * j + k)) } }
    }
    let array = try read(
      Self.file(Self.header("|u1", "(2, 3, 2)", order: "True"), payload: payload))
    #expect(array.values == [0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121])
  }
}

@Suite("Sequences") struct SequencesTests {
  private func write(_ folder: URL, _ name: String, _ data: Data) throws -> String {
    let url = folder.appendingPathComponent(name)
    try data.write(to: url)
    return url.path
  }

  @Test("padded sequences end at their lengths")
  func lengths() throws {
    try Folders.withTemporary { folder in
      let x = try write(
        folder, "x.npy", NPY.float32(shape: [2, 3, 2], (0..<12).map { Double($0) }))
      let l = try write(folder, "l.npy", NPYBuilder.integers([1, 3]))
      let data = try Sequences(path: x, lengths: l)
      #expect((data.width, data.steps) == (2, 4))
      #expect(data.sequences.map(\.values) == [[0, 1], [6, 7, 8, 9, 10, 11]])
      #expect(try Sequences(path: x).steps == 6)
    }
  }

  @Test("lengths out of range or of the wrong number, tokens and flat data are refused")
  func refused() throws {
    try Folders.withTemporary { folder in
      let x = try write(
        folder, "x.npy", NPY.float32(shape: [2, 3, 2], Array(repeating: 0, count: 12)))
      for (values, message) in [
        ([0, 3], "length 0 is 0"), ([1, 4], "length 1 is 4"), ([1], "shape [1]"),
      ] {
        let l = try write(folder, "l.npy", NPYBuilder.integers(values.map { Int64($0) }))
        let error = #expect(throws: InputError.self) { _ = try Sequences(path: x, lengths: l) }
        #expect(try #require(error).description.contains(message))
      }
      let tokens = try Sequences(path: write(folder, "t.npy", NPYBuilder.integers([1, 2])))
      #expect(tokens.isTokens && tokens.steps == 2)
      #expect(throws: InputError.self) { try tokens.require(tokens: false, size: 1, "t.npy") }
      let error = #expect(throws: InputError.self) {
        try tokens.require(tokens: true, size: 2, "t.npy")
      }
      #expect(try #require(error).message == "token 1 of sequence 0 is 2, expected 0 to 1")
      let flat = try write(folder, "f.npy", NPY.float32(shape: [2], [1, 2]))
      #expect(throws: InputError.self) { _ = try Sequences(path: flat) }
    }
  }
}

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
      let data = NPYBuilder.float32(shape: shape, values)
      let array = try read(data)
      #expect(array == NPY(shape: shape, values: values))
      #expect((data.count - 24 * 4) % 64 == 0)
    }
  }

  @Test("integers, float16, float64 and version 2 are read")
  func types() throws {
    func values(_ type: String, _ shape: String, _ payload: [UInt8]) throws -> [Double] {
      Array(try read(Self.file(Self.header(type, shape), payload: payload)).values)
    }
    let bytes: [UInt8] = [1, 0, 255, 255]
    #expect(try values("<i2", "(2,)", bytes) == [1, -1])
    #expect(try values("|u1", "(4,)", bytes) == [1, 0, 255, 255])
    #expect(try read(Self.file(Self.header("<u2", "(2,)"), payload: bytes)).isInteger)
    let half = try read(
      Self.file(Self.header("<f2", "(2,)"), version: 2, payload: [0, 0x3C, 0, 0xC0]))
    #expect(half == NPY(shape: [2], values: [1, -2]))
    let one: [UInt8] = [0, 0, 0, 0, 0, 0, 0xF0, 0x3F]
    #expect(try values("<f8", "()", one) == [1])
  }

  @Test(
    "every type of integer is read, with its sign and its size",
    arguments: [
      ("|i1", [0x80, 0x7F], [-128, 127]), ("<i4", [0, 0, 0, 0x80, 1, 0, 0, 0], [-0x8000_0000, 1]),
      ("<u4", [0, 0, 0, 0x80, 1, 0, 0, 0], [0x8000_0000, 1]),
      ("<i8", [0, 0, 0, 0, 0, 0, 0, 0x80], [-0x1p63]),
    ] as [(String, [UInt8], [Double])])
  func integers(descr: String, bytes: [UInt8], expected: [Double]) throws {
    let array = try read(
      Self.file(Self.header(descr, "(\(expected.count),)"), payload: bytes))
    #expect(array == NPY(shape: [expected.count], isInteger: true, values: expected))
  }

  @Test(
    "headers that name something else are refused",
    arguments: [
      "{'descr': '<f4', 'descr': '<f4', 'shape': (1,), }\n",
      "{'descr': '<f4', 'fortran_order': 'True', 'shape': (1,), }\n",
      "{'descr': '<f4', 'fortran_order': False, 'shape': '(1,)', }\n",
      "{'descr': True, 'fortran_order': False, 'shape': (1,), }\n",
      "{'descr': '<f4', 'fortran_order': False, 'form': (1,), }\n",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }\n",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1 2,), }\n",
    ])
  func otherHeaders(header: String) throws {
    let error = #expect(throws: InputError.self) {
      _ = try read(Self.file(header, payload: [0, 0, 0, 0]))
    }
    let message = try #require(error).message
    #expect(message.hasPrefix("npy header is '{'descr': "), "\(message)")
    #expect(message.hasSuffix(", expected 'descr', 'fortran_order' and 'shape'"), "\(message)")
  }

  @Test("a header has at most 4,096 bytes")
  func headerLimit() throws {
    func file(_ length: Int) -> Data {
      let header = Self.header("<i2", "(1,)")
      let padding = String(repeating: " ", count: length - header.utf8.count)
      return Self.file(padding.isEmpty ? header : header + padding, payload: [7, 0])
    }
    #expect(try Array(read(file(4096)).values) == [7])
    let error = #expect(throws: InputError.self) { _ = try read(file(4097)) }
    #expect(error?.message == "npy header has 4097 bytes, expected at most 4096")
  }

  @Test("a shape has at most as many elements as a file has bytes")
  func largestShape() {
    for (shape, message) in [
      ("(268435456,)", "has 1 bytes of data, expected 268435456 for shape [268435456] of '|u1'"),
      ("(268435457,)", "has shape [268435457], expected at most 3 dimensions that fit a file"),
      ("(1, 1, 1, 1)", "has shape [1, 1, 1, 1], expected at most 3 dimensions that fit a file"),
    ] {
      let error = #expect(throws: InputError.self) {
        _ = try read(Self.file(Self.header("|u1", shape), payload: [0]))
      }
      #expect(error?.message == message)
    }
  }

  @Test("a header that is cut off or no text is refused")
  func damagedHeaders() throws {
    let cutOff = Data([0x93]) + Data("NUMPY".utf8) + [2, 0, 1, 0]
    for data in [cutOff, cutOff + [0], cutOff + [0, 0]] {
      let error = #expect(throws: InputError.self) { _ = try read(data) }
      #expect(error?.message == "ends inside the npy header")
    }
    let error = #expect(throws: InputError.self) { _ = try read(cutOff + [0, 0, 0xFF]) }
    #expect(error?.message == "npy header is not ASCII text")
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
    #expect(Array(array.values) == [0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121])
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
        folder, "x.npy", NPYBuilder.float32(shape: [2, 3, 2], (0..<12).map { Double($0) }))
      let l = try write(folder, "l.npy", NPYBuilder.integers([1, 3]))
      let data = try Sequences(path: x, lengths: l)
      #expect((data.width, data.steps) == (2, 4))
      #expect(data.sequences.map { Array($0.values) } == [[0, 1], [6, 7, 8, 9, 10, 11]])
      #expect(try Sequences(path: x).steps == 6)
      let one = try write(folder, "one.npy", NPYBuilder.float32(shape: [1, 3, 1], [1, 2, 3]))
      let shorter = try write(folder, "shorter.npy", NPYBuilder.integers([2]))
      #expect(
        try Sequences(path: one, lengths: shorter).sequences.map { Array($0.values) } == [[1, 2]])
    }
  }

  @Test("data that a network can read is accepted, and no other")
  func kinds() throws {
    try Folders.withTemporary { folder in
      let tokens = try write(folder, "t.npy", NPYBuilder.integers([0, 4]))
      let features = try write(folder, "f.npy", NPYBuilder.float32(shape: [1, 2], [0, 4]))
      let fitting = try Sequences(path: tokens, for: .init(tokens: true, size: 5))
      #expect(fitting.isTokens && fitting.steps == 2)
      #expect(try Sequences(path: features, for: .init(tokens: false, size: 2)).width == 2)
      for (path, isTokens, size, message) in [
        (tokens, true, 4, "token 1 of sequence 0 is 4, expected 0 to 3"),
        (tokens, false, 1, "has integers, which are tokens, expected float features"),
        (features, true, 9, "has floats, expected integer tokens"),
        (features, false, 3, "has 2 features per step, expected 3"),
      ] {
        let error = #expect(throws: InputError.self) {
          _ = try Sequences(
            path: path, for: .init(tokens: isTokens, size: size, notes: ["note: of x"]))
        }
        #expect(error == InputError(path, message, notes: ["note: of x"]))
      }
    }
  }

  @Test("sequences are one after the other")
  func starts() {
    let sequences = [3, 1, 2].map {
      Sequences.Sequence(values: Array(repeating: 0, count: $0), steps: $0)
    }
    let data = Sequences(width: 1, sequences: sequences)
    #expect(data.starts == [0, 3, 4] && data.steps == 6)
  }

  @Test("65,535 sequences are read, however short")
  func manySequences() throws {
    try Folders.withTemporary { folder in
      let values = (0..<65_535).map { Double($0) }
      let path = try write(folder, "x.npy", NPYBuilder.float32(shape: [65_535, 1, 1], values))
      #expect(try Sequences(path: path).sequences.flatMap(\.values) == values)
    }
  }

  @Test("lengths out of range or of the wrong number, tokens and flat data are refused")
  func refused() throws {
    try Folders.withTemporary { folder in
      let x = try write(
        folder, "x.npy", NPYBuilder.float32(shape: [2, 3, 2], Array(repeating: 0, count: 12)))
      for (values, message) in [
        ([0, 3], "length 0 is 0"), ([1, 4], "length 1 is 4"), ([1], "shape [1]"),
      ] {
        let l = try write(folder, "l.npy", NPYBuilder.integers(values.map { Int64($0) }))
        let error = #expect(throws: InputError.self) { _ = try Sequences(path: x, lengths: l) }
        #expect(try #require(error).description.contains(message))
      }
      let flat = try write(folder, "f.npy", NPYBuilder.float32(shape: [2], [1, 2]))
      #expect(throws: InputError.self) { _ = try Sequences(path: flat) }
    }
  }
}

import Foundation
import ModelFiles
import TestSupport
import Testing

private func read(_ data: Data) throws(InputError) -> Safetensors {
  try Safetensors(InputFile(name: "m.safetensors", bytes: data))
}

/// A file that is wrong, and a part of the message that says how.
struct WrongFile: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let data: Data
  let message: String

  init(_ description: String, _ data: Data, _ message: String) {
    testDescription = description
    self.data = data
    self.message = message
  }

  init(_ description: String, header: String, payload: Int = 8, _ message: String) {
    self.init(
      description, SafetensorsBuilder.file(header: header, payload: Data(count: payload)), message)
  }
}

private func entry(
  _ name: String = "a", dtype: String = "F32", shape: String = "[2]", offsets: String = "[0,8]"
) -> String {
  "\"\(name)\":{\"dtype\":\"\(dtype)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
}

@Suite("Safetensors") struct SafetensorsTests {
  static let wrongFiles: [WrongFile] = [
    WrongFile("empty", Data(), "has 0 bytes"),
    WrongFile("seven bytes", Data(count: 7), "has 7 bytes"),
    WrongFile("header length 0", Data(count: 8), "does not begin with '{'"),
    WrongFile(
      "header length 2^64 - 1", Data(repeating: 0xFF, count: 16), "expected at most 1048576"),
    WrongFile(
      "header longer than the file", Data([200, 0, 0, 0, 0, 0, 0, 0, 0x7B]),
      "header has 200 bytes, but the file ends after 1"),
    WrongFile(
      "header over the limit", Data([1, 0, 16, 0, 0, 0, 0, 0]), "expected at most 1048576"),
    WrongFile("no JSON", header: "{nonsense", "at byte 9"),
    WrongFile("an array", header: "[]", "does not begin with '{'"),
    WrongFile(
      "invalid UTF-8", Data([3, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0xFF, 0x7D]), "is not valid UTF-8"),
    WrongFile("space first", header: " {\(entry())}", "does not begin with '{'"),
    WrongFile("name twice", header: "{\(entry()),\(entry())}", "has the key 'a' twice"),
    WrongFile(
      "overlap", header: "{\(entry()),\(entry("b", offsets: "[4,12]"))}", payload: 12,
      "tensors 'a' and 'b' overlap"),
    WrongFile(
      "hole", header: "{\(entry()),\(entry("b", offsets: "[12,20]"))}", payload: 20,
      "4 bytes before tensor 'b' belong to no tensor"),
    WrongFile(
      "trailing bytes", header: "{\(entry())}", payload: 11, "3 bytes after the last tensor"),
    WrongFile("data too short", header: "{\(entry())}", payload: 5, "the file has only 5"),
    WrongFile(
      "begin after end", header: "{\(entry(offsets: "[8,0]"))}", "tensor 'a' has wrong data_offsets"
    ),
    WrongFile("shape against range", header: "{\(entry(shape: "[3]"))}", "shape [3] of F32"),
    WrongFile(
      "overflowing shape", header: "{\(entry(shape: "[65535,65535,65535,65535]"))}",
      "which 8 bytes of data don't fit"),
    WrongFile("negative dimension", header: "{\(entry(shape: "[-2]"))}", "has a wrong shape"),
    WrongFile("fractional dimension", header: "{\(entry(shape: "[2.0]"))}", "has a wrong shape"),
    WrongFile("exponent", header: "{\(entry(shape: "[2e0]"))}", "has a wrong shape"),
    WrongFile("dimension as string", header: "{\(entry(shape: "[\"2\"]"))}", "has a wrong shape"),
    WrongFile("zero dimension", header: "{\(entry(shape: "[0]"))}", "has a wrong shape"),
    WrongFile("rank 5", header: "{\(entry(shape: "[1,1,1,1,2]"))}", "has a wrong shape"),
    WrongFile("unknown dtype", header: "{\(entry(dtype: "F8_E4M3"))}", "has dtype F8_E4M3"),
    WrongFile("integer weights", header: "{\(entry(dtype: "I32"))}", "has dtype I32"),
    WrongFile(
      "unknown key",
      header: "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}",
      "expected dtype, shape and data_offsets"),
    WrongFile("metadata no object", header: "{\"__metadata__\":3}", payload: 0, "is not an object"),
    WrongFile(
      "metadata with a number", header: "{\"__metadata__\":{\"k\":3}}", payload: 0,
      "'k' is not a string"),
    WrongFile(
      "deep nesting", header: "{\"a\":" + String(repeating: "[", count: 200_000),
      "is nested deeper than 32 levels"),
    WrongFile(
      "long name", header: "{\(entry(String(repeating: "n", count: 513)))}", "more than 512"),
    WrongFile("git lfs", Data("version https://git-lfs.github.com/spec/v1\n".utf8), "Git LFS"),
    WrongFile("web page", Data("<!DOCTYPE html><html>".utf8), "is a web page"),
    WrongFile("pickle", Data([0x80, 0x02] + Array(repeating: 0x63, count: 20)), "is a pickle"),
    WrongFile("zip", Data("PK\u{3}\u{4}aaaaaaaaaaaa".utf8), "is a pickle or a zip archive"),
    WrongFile(
      "tflite", Data([0x1C, 0, 0, 0] + Array("TFL3".utf8) + [0x14, 0, 0x20, 0]),
      "is a TensorFlow Lite model"),
    WrongFile(
      "onnx", Data([8, 10, 0x12, 7] + Array("pytorch".utf8)), "looks like an ONNX model"),
    WrongFile("hdf5", Data([0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10]), "is an HDF5 file"),
  ]

  @Test("each wrong file is refused with its reason", arguments: wrongFiles)
  func refused(_ file: WrongFile) throws {
    let error = #expect(throws: InputError.self) { _ = try read(file.data) }
    let message = try #require(error).description
    #expect(message.hasPrefix("error: m.safetensors: "))
    #expect(message.contains(file.message), "\(message)")
  }

  @Test("F64, F32, F16 and BF16 are read exactly")
  func types() throws {
    let header =
      "{"
      + [
        entry("d", dtype: "F64", shape: "[1]", offsets: "[0,8]"),
        entry("f", dtype: "F32", shape: "[1]", offsets: "[8,12]"),
        entry("h", dtype: "F16", shape: "[2]", offsets: "[12,16]"),
        entry("b", dtype: "BF16", shape: "[1]", offsets: "[16,18]"),
      ].joined(separator: ",") + "}"
    var payload = Data()
    withUnsafeBytes(of: (-0.1).bitPattern.littleEndian) { payload.append(contentsOf: $0) }
    withUnsafeBytes(of: Float(0.1).bitPattern.littleEndian) { payload.append(contentsOf: $0) }
    payload += [0x00, 0x3C, 0x01, 0x00]  // 1 and the smallest subnormal, 2⁻²⁴
    payload += [0x80, 0xBF]  // −1
    let tensors = try read(SafetensorsBuilder.file(header: header, payload: payload)).tensors
    #expect(tensors.map(\.values) == [[-0.1], [Double(Float(0.1))], [1, 0x1p-24], [-1]])
  }

  @Test("a NaN or infinite weight is refused with tensor, index and count")
  func notFinite() throws {
    var builder = SafetensorsBuilder([("w", [2, 2], [1, .nan, 3, -.infinity])])
    builder.metadata = ["format": "pt"]
    let error = #expect(throws: InputError.self) { _ = try read(builder.data) }
    #expect(
      try #require(error).message
        == "tensor 'w' has 2 values that are NaN or infinite, the first at index 1, "
        + "expected finite numbers")
  }

  @Test(
    "a header length that looks like another container's first bytes is a length",
    arguments: [
      60, 640, 0x213C,
    ])
  func ambiguousLength(length: Int) throws {
    let header = "{" + entry(shape: "[1]", offsets: "[0,4]")
    let padded = header + String(repeating: " ", count: length - header.utf8.count - 1) + "}"
    let file = SafetensorsBuilder.file(header: padded, payload: Data(count: 4))
    #expect(try read(file).tensors.count == 1)
  }

  @Test("every truncation of a file is refused")
  func truncated() {
    let data = SafetensorsBuilder.gru(inputs: 2, hidden: 3).data
    for length in 0..<data.count {
      #expect(throws: InputError.self) { _ = try read(data.prefix(length)) }
    }
  }
}

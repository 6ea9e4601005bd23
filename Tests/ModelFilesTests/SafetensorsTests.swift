import Foundation
import ModelFiles
import TestSupport
import Testing

private func read(_ data: Data) throws(InputError) -> Safetensors {
  try Safetensors(InputFile(name: "m.safetensors", bytes: data))
}

private func entry(
  _ name: String = "a", dtype: String = "F32", shape: String = "[2]", offsets: String = "[0,8]"
) -> String {
  "\"\(name)\":{\"dtype\":\"\(dtype)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
}

@Suite("Safetensors") struct SafetensorsTests {
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
    #expect(
      tensors.map { Array($0.values) } == [[-0.1], [Double(Float(0.1))], [1, 0x1p-24], [-1]])
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

  @Test("4,096 tensors are read, metadata beside them")
  func mostTensors() throws {
    let count = 4_096
    let entries = (0..<count).map {
      entry("\($0)", shape: "[1]", offsets: "[\(4 * $0),\(4 * $0 + 4)]")
    }
    let header = "{\"__metadata__\":{\"k\":\"v\"}," + entries.joined(separator: ",") + "}"
    let file = try read(SafetensorsBuilder.file(header: header, payload: Data(count: 4 * count)))
    #expect(file.tensors.count == count && file.metadata == ["k": "v"])
  }

  @Test("every truncation of a file is refused")
  func truncated() {
    let data = SafetensorsBuilder.gru(inputs: 2, hidden: 3).data
    for length in 0..<data.count {
      #expect(throws: InputError.self) { _ = try read(data.prefix(length)) }
    }
  }
}

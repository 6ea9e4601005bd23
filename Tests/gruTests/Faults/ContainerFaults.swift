import Foundation
import TestSupport
import Testing

/// One tensor's line in a safetensors header.
private func entry(
  _ name: String = "a", dtype: String = "F32", shape: String = "[2]", offsets: String = "[0,8]"
) -> String {
  "\"\(name)\":{\"dtype\":\"\(dtype)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
}

/// A model file with these bytes.
private func fault(
  _ description: String, _ errors: String, _ data: @escaping @Sendable () -> Data
) -> FaultCase {
  FaultCase(description, "error: m.safetensors: " + errors) { ["m.safetensors": data()] }
}

/// A model file with this header.
private func fault(
  _ description: String, header: String, payload: Int = 8, _ errors: String
) -> FaultCase {
  fault(description, errors) {
    SafetensorsBuilder.file(header: header, payload: Data(count: payload))
  }
}

private let wrongShape =
  "tensor 'a' has a wrong shape, expected at most 4 whole numbers from 1 to 65535"
private let pickleHints = """

  hint: from safetensors.torch import save_file
  hint: save_file(model.state_dict(), "model.safetensors")
  """

/// Rows 1 to 13: the file as a whole and its header.
private let headerFaults = [
  fault("1 empty file", "has 0 bytes, expected a safetensors header length of 8") { Data() },
  fault("2 seven bytes", "has 7 bytes, expected a safetensors header length of 8") {
    Data(count: 7)
  },
  fault("3 header length 0", "header does not begin with '{' at byte 8") { Data(count: 8) },
  fault(
    "4 header length 2^64 - 1",
    "header has 18446744073709551615 bytes, expected at most 1048576"
  ) { Data(repeating: 0xFF, count: 16) },
  fault("5 header longer than the file", "header has 200 bytes, but the file ends after 1") {
    Data(UInt64(200)) + [0x7B]
  },
  fault("6 header over the limit", "header has 1048577 bytes, expected at most 1048576") {
    Data(UInt64(1 << 20 + 1)) + Data(count: 100)
  },
  fault("7 no JSON", header: "{nonsense", "header has no string where one is expected, at byte 9"),
  fault("7 an array", header: "[]", "header does not begin with '{' at byte 8"),
  fault("8 invalid UTF-8", "header is not valid UTF-8, at byte 11") {
    Data(UInt64(5)) + [0x7B, 0x22, 0x61, 0xFF, 0x7D]
  },
  fault(
    "9 a space before the brace", header: " {\(entry())}",
    "header does not begin with '{' at byte 8"),
  fault(
    "10 a name twice", header: "{\(entry()),\(entry())}", "header has the key 'a' twice, at byte 62"
  ),
  fault(
    "11 overlapping ranges", header: "{\(entry()),\(entry("b", offsets: "[4,12]"))}", payload: 12,
    "tensors 'a' and 'b' overlap"),
  fault(
    "12 a hole", header: "{\(entry()),\(entry("b", offsets: "[12,20]"))}", payload: 20,
    "4 bytes before tensor 'b' belong to no tensor"),
  fault(
    "13 trailing bytes", header: "{\(entry())}", payload: 11,
    "3 bytes after the last tensor belong to no tensor"),
  fault(
    "14 data too short", header: "{\(entry())}", payload: 5,
    """
    tensor 'a' ends at byte 8 of the data, but the file has only 5
    note: the file may have been cut off while it was copied
    """),
]

/// Rows 14 to 23: the tensors.
private let tensorFaults = [
  fault(
    "15 begin after end", header: "{\(entry(offsets: "[8,0]"))}",
    "tensor 'a' has wrong data_offsets, expected two whole numbers, begin and end"),
  fault(
    "16 shape against range", header: "{\(entry(shape: "[3]"))}",
    "tensor 'a' has shape [3] of F32, which 8 bytes of data don't fit"),
  fault(
    "17 overflowing shape", header: "{\(entry(shape: "[65535,65535,65535,65535]"))}",
    "tensor 'a' has shape [65535, 65535, 65535, 65535] of F32, which 8 bytes of data don't fit"),
  fault("18 negative dimension", header: "{\(entry(shape: "[-2]"))}", wrongShape),
  fault("18 fractional dimension", header: "{\(entry(shape: "[2.0]"))}", wrongShape),
  fault("18 dimension 1e3", header: "{\(entry(shape: "[1e3]"))}", wrongShape),
  fault("18 dimension as string", header: "{\(entry(shape: "[\"3\"]"))}", wrongShape),
  fault("18 dimension 65536", header: "{\(entry(shape: "[65536]"))}", wrongShape),
  fault("18 rank 5", header: "{\(entry(shape: "[1,1,1,1,2]"))}", wrongShape),
  fault("19 zero dimension", header: "{\(entry(shape: "[0]", offsets: "[0,0]"))}", wrongShape),
  fault(
    "20 unknown dtype", header: "{\(entry(dtype: "F8_E4M3"))}",
    "tensor 'a' has dtype F8_E4M3, expected F64, F32, F16 or BF16"),
  fault(
    "20 integer weights", header: "{\(entry(dtype: "I32"))}",
    "tensor 'a' has dtype I32, expected F64, F32, F16 or BF16"),
  fault(
    "21 metadata with a number", header: "{\"__metadata__\":{\"k\":3},\(entry())}",
    "__metadata__: 'k' is not a string"),
  fault(
    "21 a tensor named __metadata__", header: "{\(entry("__metadata__"))}",
    "__metadata__: 'shape' is not a string"),
  fault(
    "21 metadata that is no object", header: "{\"__metadata__\":3,\(entry())}",
    "__metadata__ is not an object"),
  fault(
    "unknown key",
    header: "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}",
    "tensor 'a' has the keys dtype, shape, data_offsets, x, expected dtype, shape and data_offsets"
  ),
  fault(
    "22 deep nesting", header: "{\"a\":" + String(repeating: "[", count: 200_000),
    "header is nested deeper than 32 levels, at byte 44"),
  fault(
    "long name", header: "{\(entry(String(repeating: "n", count: 513)))}",
    "a tensor's name has 513 bytes, expected at most 512"),
  fault(
    "a name that a terminal acts on", header: "{\(entry("a\\u001b[2J\\u202e\\n"))}",
    "tensor 'a\\u{1B}[2J\\u{202E}\\u{A}' has a control character in its name"),
  fault(
    "a key of 100,000 bytes twice",
    header: "{\(String(repeating: "\"\(String(repeating: "k", count: 100_000))\":1,", count: 2))",
    "header has the key '\(String(repeating: "k", count: 958))…"),
  fault(
    "4097 tensors",
    header: "{" + (0...4096).map { entry("\($0)") }.joined(separator: ",") + "}",
    "has 4097 tensors, expected at most 4096"),
]

/// Row 31: something else.
private let otherFormats = [
  fault(
    "31 ONNX",
    "looks like an ONNX model, expected safetensors\n"
      + "hint: gru-export model.onnx -o model.safetensors"
  ) { Data([8, 10, 0x12, 7]) + Data("pytorch".utf8) },
  fault(
    "31 ONNX without a producer",
    "looks like an ONNX model, expected safetensors\n"
      + "hint: gru-export model.onnx -o model.safetensors"
  ) { Data([8, 8, 0x3A, 0x80, 1]) + Data(repeating: 0x78, count: 60) },
  fault("31 web page", "is a web page, expected safetensors") {
    Data("<!DOCTYPE html><html>".utf8)
  },
  fault("31 web page after empty lines", "is a web page, expected safetensors") {
    Data("\u{FEFF}\r\n\r\n<html>".utf8)
  },
  fault(
    "31 a service's error",
    "is JSON text, expected safetensors\nhint: network.json is given by --network"
  ) { Data("{\"error\":\"not found\"}".utf8) },
  fault(
    "31 Git LFS pointer",
    "is a Git LFS pointer, not the file itself, expected safetensors\nhint: git lfs pull"
  ) { Data("version https://git-lfs.github.com/spec/v1\noid sha256:ab\n".utf8) },
  fault(
    "31 pickle",
    "is a pickle, expected safetensors; pickles run code and are never opened" + pickleHints
  ) { Data([0x80, 2]) + Data(repeating: 0x63, count: 20) },
  fault(
    "31 pickle of protocol 4",
    "is a pickle, expected safetensors; pickles run code and are never opened" + pickleHints
  ) { Data([0x80, 4, 0x95]) + Data(repeating: 0x63, count: 20) },
  fault(
    "31 .pt",
    "is a PyTorch pickle, expected safetensors; pickles run code and are never opened" + pickleHints
  ) { ZipBuilder([("archive/data.pkl", Data("x".utf8)), ("archive/version", Data())]).data },
  fault(
    "31 .keras",
    "is a Keras archive, expected safetensors\nhint: gru-export model.keras -o model.safetensors"
  ) {
    var zip = ZipBuilder([("metadata.json", Data("{}".utf8)), ("config.json", Data("{}".utf8))])
    zip.entries[0].method = 8
    return zip.data
  },
  fault(
    "31 .h5",
    "is an HDF5 file, expected safetensors\nhint: gru-export model.h5 -o model.safetensors"
  ) { Data([0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10]) },
  fault(
    "31 TensorFlow Lite",
    "is a TensorFlow Lite model, where a GRU is unrolled into single operations, expected "
      + "safetensors\nhint: gru-export takes the Keras model that it was converted from"
  ) { Data([0x1C, 0, 0, 0]) + Data("TFL3".utf8) + [0x14, 0, 0x20, 0] },
  fault("31 gzip", "is compressed with gzip, expected safetensors\nhint: gunzip it first") {
    Data([0x1F, 0x8B, 8]) + Data(repeating: 1, count: 20)
  },
  fault(
    "31 .npy",
    "is a single npy array, expected safetensors\n"
      + "hint: np.savez(\"model.npz\", **arrays) keeps the names"
  ) { NPYBuilder.floats([1], shape: [1]) },
  fault("31 text", "header has 8031924123371070824 bytes, expected at most 1048576") {
    Data("hello world, this is a text".utf8)
  },
]

/// Archives of arrays.
private let array = NPYBuilder.floats([1, 2], shape: [2])
private let archiveFaults = [
  fault("zip without an entry", "is an empty zip archive, expected safetensors") {
    ZipBuilder([]).data
  },
  fault("zip without its end", "is a zip archive that has no central directory") {
    ZipBuilder([("a.npy", array)]).data.dropLast(30)
  },
  fault(
    "zip of other files",
    "is a zip archive with other files than .npy arrays, expected safetensors"
  ) { ZipBuilder([("a.npy", array), ("b.txt", array)]).data },
  fault(
    "compressed npz",
    "entry 'a.npy' is compressed\nhint: np.savez, not np.savez_compressed"
  ) {
    var zip = ZipBuilder([("a.npy", array)])
    zip.entries[0].method = 8
    return zip.data
  },
  fault(
    "a flipped bit in an npz",
    "is a zip archive that has a damaged entry 'a.npy': its CRC-32 is wrong"
  ) { ZipBuilder([("a.npy", array)]).data.changing(30 + 5 + array.count - 1, by: 1) },
  fault("patched data in an npz", "is a zip archive that has a damaged entry 'a.npy'") {
    var zip = ZipBuilder([("a.npy", array)])
    zip.entries[0].flags = 1 << 5
    return zip.data
  },
  fault(
    "a name in a code page that nothing names",
    "is a zip archive that has an entry whose name is not UTF-8"
  ) {
    var zip = ZipBuilder([("é.npy", array)])
    zip.entries[0].flags = 0
    return zip.data
  },
  fault("two names for an entry", "is a zip archive that has a damaged entry 'a.npy'") {
    var zip = ZipBuilder([("a.npy", array)])
    zip.entries[0].localName = "b.npy"
    return zip.data
  },
  fault("an entry that is no array", "a.npy: " + notNPY) {
    ZipBuilder([("a.npy", Data([1, 2, 3]))]).data
  },
  fault("an array twice", "has the array 'a' twice") {
    ZipBuilder([("a.npy", array), ("a.npy", array)]).data
  },
  fault(
    "integer weights in an npz", "array 'a' has integers, expected float weights"
  ) { ZipBuilder([("a.npy", NPYBuilder.integers([1]))]).data },
  fault("4097 arrays", "has 4097 tensors, expected at most 4096") {
    ZipBuilder((0...4096).map { ("\($0).npy", array) }).data
  },
  // 60 names for the same 4 MB would be 480 MB of numbers.
  fault(
    "many names for the same bytes",
    "is a zip archive that has overlapping entries 'a0.npy' and 'a1.npy'"
  ) {
    let array = NPYBuilder.floats(Array(repeating: 0, count: 1 << 19), shape: [1 << 10, 1 << 9])
    var zip = ZipBuilder((0..<60).map { ("a\($0).npy", array) })
    for index in zip.entries.indices { zip.entries[index].crc = 0 }
    zip.overlaps = true
    return zip.data
  },
]

@Suite("Container faults") struct ContainerFaultTests {
  static let all = headerFaults + tensorFaults + otherFormats + archiveFaults

  @Test("a damaged container is refused in words, quickly, in little memory", arguments: all)
  func refused(_ fault: FaultCase) throws { try fault.check() }
}

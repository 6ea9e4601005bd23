import Foundation
import ModelFiles
import TestSupport
import Testing

/// Calibration data with these bytes.
private func fault(
  _ description: String, _ errors: String, _ data: @escaping @Sendable () -> Data
) -> FaultCase {
  FaultCase(description, "error: c.npy: " + errors) { ["c.npy": data()] }
}

private func header(_ shape: String, _ descr: String = "<f4") -> String {
  NPYBuilder.header(descr, shape)
}

private let expected = ", expected 'descr', 'fortran_order' and 'shape'"
let notNPY =
  "is not an npy file: it does not begin with \\x93NUMPY\nhint: np.save(path, array)"

/// Row 32.
private let formatFaults = [
  fault("32 wrong magic", notNPY) { Data("hello, world".utf8) },
  fault("32 a pickle", notNPY) { Data([0x80, 4, 0x95]) + Data(count: 20) },
  fault("32 an empty file", notNPY) { Data() },
  fault("32 cut off in the header", "ends inside the npy header") {
    NPYBuilder.file(header("(1,)")).prefix(40)
  },
  fault("32 version 9", "is npy version 9.0, expected 1.0 or 2.0") {
    NPYBuilder.file(header("(1,)"), version: (9, 0))
  },
  fault("32 version 1.7", "is npy version 1.7, expected 1.0 or 2.0") {
    NPYBuilder.file(header("(1,)"), version: (1, 7), payload: Data(count: 4))
  },
  fault("32 junk", "npy header has 65535 bytes, expected at most 4096") {
    NPYBuilder.file(String(repeating: "j", count: 65_535))
  },
  fault(
    "32 objects",
    "has elements of type '|O', expected little-endian floats or integers\n"
      + "hint: np.save(path, array.astype('<f4'))"
  ) { NPYBuilder.file(header("(1,)", "|O"), payload: Data(count: 8)) },
  fault(
    "32 big-endian",
    "has elements of type '>f4', expected little-endian floats or integers\n"
      + "hint: np.save(path, array.astype('<f4'))"
  ) { NPYBuilder.file(header("(1,)", ">f4"), payload: Data(count: 4)) },
  fault("32 code", "npy header is '__import__('os').system('touch x')'" + expected) {
    NPYBuilder.file("__import__('os').system('touch x')\n")
  },
  fault(
    "32 code in the shape",
    "npy header is '{'descr': '<f4', 'fortran_order': False, 'shape': (__import_'" + expected
  ) { NPYBuilder.file(header("(__import__('os').system('touch x'),)")) },
  fault("32 a number in place of a tuple", "npy header is '\(header("(2)").dropLast())'" + expected)
  {
    NPYBuilder.file(header("(2)"), payload: Data(count: 8))
  },
  fault("32 a tuple with a hole", "npy header is '\(header("(2,,)").dropLast())'" + expected) {
    NPYBuilder.file(header("(2,,)"), payload: Data(count: 8))
  },
  fault("32 a number that is none", "npy header is '\(header("(02,)").dropLast())'" + expected) {
    NPYBuilder.file(header("(02,)"), payload: Data(count: 8))
  },
  fault(
    "32 white space that is none",
    "npy header is '{'descr':\\u{B} '<f4', 'fortran_order': False, 'shape': (2,), }'" + expected
  ) {
    NPYBuilder.file(
      header("(2,)").replacing("'descr':", with: "'descr':\u{B}"), payload: Data(count: 8))
  },
  fault(
    "32 a key twice",
    "npy header is '{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'sh'" + expected
  ) {
    NPYBuilder.file(
      header("(2,)").replacing("{", with: "{'descr': '<f4', ").replacing(
        "<f4', 'fortran", with: "<f8', 'fortran"),
      payload: Data(count: 8))
  },
  fault("32 a million parentheses", "npy header has 1000054 bytes, expected at most 4096") {
    NPYBuilder.file(header(String(repeating: "(", count: 1_000_000)), version: (2, 0))
  },
  fault(
    "32 parentheses",
    "npy header is '{'descr': '<f4', 'fortran_order': False, 'shape': (((((((((('"
      + expected
  ) { NPYBuilder.file(header(String(repeating: "(", count: 4_000))) },
  fault("32 a terminal's commands", "npy header is '\\u{1B}[2J'" + expected) {
    NPYBuilder.file("\u{1B}[2J", version: (1, 0))
  },
  fault(
    "32 shape (2^40,)",
    "has shape [1099511627776], expected at most 3 dimensions that fit a file"
  ) { NPYBuilder.file(header("(1099511627776,)")) },
  fault(
    "32 an overflowing shape",
    "has shape [4294967296, 4294967296], expected at most 3 dimensions that fit a file"
  ) { NPYBuilder.file(header("(4294967296, 4294967296)")) },
  fault(
    "32 data too short",
    "has 4 bytes of data, expected 24 for shape [2, 3] of '<f4'"
  ) { NPYBuilder.file(header("(2, 3)"), payload: Data(count: 4)) },
  fault(
    "32 data too long",
    "has 25 bytes of data, expected 24 for shape [2, 3] of '<f4'"
  ) { NPYBuilder.file(header("(2, 3)"), payload: Data(count: 25)) },
]

private let reads = "\nnote: layer 'gru' of m.safetensors reads 3"

/// Row 33.
private let valueFaults = [
  fault("33 wrong feature count", "has 5 features per step, expected 3" + reads) {
    NPYBuilder.floats(Array(repeating: 0.5, count: 20), shape: [4, 5])
  },
  fault("33 too many sequences", "has 65536 sequences, expected at most 65535") {
    NPYBuilder.floats(Array(repeating: 0.5, count: 65_536), shape: [65_536, 1, 1])
  },
  fault("33 no rows", "has shape [0, 3], expected at least one time step") {
    NPYBuilder.floats([], shape: [0, 3])
  },
  fault("33 no columns", "has shape [5, 0], expected at least one time step") {
    NPYBuilder.floats([], shape: [5, 0])
  },
  fault(
    "33 NaN",
    "has 1 values that are NaN or infinite, the first at index 1, expected finite numbers"
  ) { NPYBuilder.floats([1, .nan, 0], shape: [1, 3]) },
  fault("33 flat", "has shape [5], expected features (T, I) or (N, T, I)") {
    NPYBuilder.floats([1, 2, 3, 4, 5], shape: [5])
  },
  fault(
    "33 integers for features",
    "has integers, which are tokens, expected float features" + reads
  ) { NPYBuilder.integers([1, 2]) },
]

/// A network that reads six tokens.
@Sendable private func tokens(_ values: [Int64]) -> FaultCase.Files {
  var builder = SafetensorsBuilder.gru(inputs: 6, hidden: 4)
  builder.metadata["network"] =
    #"{\"format\":1,\"layers\":[{\"kind\":\"onehot\",\"size\":6},"#
    + #"{\"kind\":\"gru\",\"tensors\":\"gru\"}]}"#
  return ["m.safetensors": builder.data, "c.npy": NPYBuilder.integers(values)]
}

@Sendable private func lengths(_ values: [Int64]) -> FaultCase.Files {
  [
    "c.npy": NPYBuilder.floats(Array(repeating: 1, count: 24), shape: [2, 4, 3]),
    "l.npy": NPYBuilder.integers(values),
  ]
}

private let withLengths = FaultCase.quantize + " --lengths l.npy"
private let readsTokens = "\nnote: layer 'gru' of m.safetensors reads 6"

private let rangeFaults = [
  FaultCase(
    "33 a token out of range",
    "error: c.npy: token 2 of sequence 0 is 6, expected 0 to 5" + readsTokens
  ) { tokens([1, 2, 6]) },
  FaultCase(
    "33 a token below 0",
    "error: c.npy: token 1 of sequence 0 is -1, expected 0 to 5" + readsTokens
  ) { tokens([1, -1]) },
  FaultCase(
    "33 the largest int64 as token",
    "error: c.npy: token 0 of sequence 0 is 9223372036854775808, expected 0 to 5" + readsTokens
  ) { tokens([.max]) },
  FaultCase("33 length 0", "error: l.npy: length 1 is 0, expected 1 to 4", withLengths) {
    lengths([4, 0])
  },
  FaultCase("33 length 5 of 4", "error: l.npy: length 0 is 5, expected 1 to 4", withLengths) {
    lengths([5, 4])
  },
  FaultCase(
    "33 the largest int64 as length",
    "error: l.npy: length 1 is 9223372036854775808, expected 1 to 4", withLengths
  ) { lengths([4, .max]) },
  FaultCase(
    "33 three lengths for two sequences",
    "error: l.npy: has integers of shape [3], expected integers of shape [2]", withLengths
  ) { lengths([1, 1, 1]) },
  FaultCase(
    "33 float lengths",
    "error: l.npy: has floats of shape [2], expected integers of shape [2]", withLengths
  ) { lengths([1, 1]).merging(["l.npy": NPYBuilder.floats([1, 1], shape: [2])]) { $1 } },
]

@Suite("Data faults") struct DataFaultTests {
  @Test(
    "wrong data are refused in words, quickly, in little memory",
    arguments: formatFaults + valueFaults + rangeFaults)
  func refused(_ fault: FaultCase) throws { try fault.check() }
}

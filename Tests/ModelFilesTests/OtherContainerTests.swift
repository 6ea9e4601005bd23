import Foundation
import ModelFiles
import TestSupport
import Testing

@Suite("Other containers") struct OtherContainerTests {
  private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

  @Test(
    "a file that is something else is named by its first bytes, and no other",
    arguments: [
      ([0x80, 2], "is a pickle"), ([0x80, 5], "is a pickle"), ([0x80, 1], nil), ([0x80, 6], nil),
      ([0x81, 2], nil), ([0x50, 0x4B, 5, 6], "is an empty zip archive"),
      ([0x50, 0x4B, 5, 7], nil), ([0x89] + Array("HDF".utf8), "is an HDF5 file"),
      ([0, 0, 0, 0] + Array("TFL3".utf8), "is a TensorFlow Lite model"),
      ([0, 0, 0] + Array("TFL3".utf8), nil), ([8, 0x1F, 0x12], "looks like an ONNX model"),
      ([8, 0, 0x42], "looks like an ONNX model"), ([8, 0x20, 0x12], nil), ([9, 8, 0x12], nil),
      ([8, 8, 0x13], nil), ([0x93] + Array("NUMPY".utf8), "is a single npy array"),
      ([0x1F, 0x8B], "is compressed with gzip"), ([0x1F, 0x8C], nil),
      (Array("version https://git-lfs".utf8), "is a Git LFS pointer"),
      (Array("version https://git".utf8), nil), ([0x3C], "is a web page"),
      ([9, 10, 13, 32, 0x3C], "is a web page"), (mark + [0x3C], "is a web page"),
      (mark + [32, 0x7B], "is JSON text"), ([0x7B], "is JSON text"), ([11, 0x3C], nil),
    ] as [([UInt8], String?)])
  func named(start: [UInt8], name: String?) {
    let bytes = Data(start + Array(repeating: 0x78, count: 60))
    let error = #expect(throws: InputError.self) {
      _ = try Safetensors(InputFile(name: "m", bytes: bytes))
    }
    #expect(error?.message.hasPrefix(name ?? "header has ") == true, "\(String(describing: error))")
  }
}

@Suite("Files") struct FileTests {
  /// A regular file of the kernel's, which ends before the size that it states.
  private static let shortFile = "/sys/kernel/uevent_seqnum"

  @Test(
    "a file that ends before its size is refused, and not taken for one that ends in zeros",
    .enabled(if: FileManager.default.isReadableFile(atPath: shortFile)))
  func short() {
    #expect(
      throws: InputError(Self.shortFile, "cannot be read to its end", kind: .noInput)
    ) { _ = try InputFile(path: Self.shortFile) }
  }

  @Test("a file may have as many bytes as the limit says, and not one more")
  func limit() throws {
    try Folders.withTemporary { folder in
      let path = folder.appendingPathComponent("f").path
      try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path))
      #expect(try InputFile(path: path, limit: 3).bytes == Data([1, 2, 3]))
      #expect(throws: InputError(path, "has 3 bytes, expected at most 2")) {
        _ = try InputFile(path: path, limit: 2)
      }
    }
  }

  @Test("a line of an error has 1,000 characters at most, and then says that it goes on")
  func longLine() {
    let space = String(repeating: "x", count: 1_000 - "error: f: ".count)
    #expect(InputError("f", space).description == "error: f: " + space)
    #expect(InputError("f", space + "y").description == "error: f: " + space + "…")
  }

  @Test("what can't be opened or is no file is refused")
  func refused() throws {
    #expect(throws: InputError("/nowhere", "no such file", kind: .noInput)) {
      _ = try InputFile(path: "/nowhere")
    }
    #expect(throws: InputError("/dev", "is not a regular file", kind: .noInput)) {
      _ = try InputFile(path: "/dev")
    }
    #expect(
      throws: InputError("/dev/null/x", "cannot be opened: Not a directory", kind: .noInput)
    ) { _ = try InputFile(path: "/dev/null/x") }
  }
}

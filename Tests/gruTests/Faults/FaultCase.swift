import Foundation
import ModelFiles
import TestSupport
import Testing

/// Something that is wrong with what the user gives, and all that the user then sees.
struct FaultCase: CustomTestStringConvertible, Sendable {
  /// Written over the usual ones; nil takes a file away.
  typealias Files = [String: Data?]

  let testDescription: String
  let arguments: [String]
  let code: Int32
  /// The whole of standard error, without the last line feed.
  let errors: String
  let files: @Sendable () throws -> Files

  static let quantize = "quantize m.safetensors --calibration c.npy -o out.h"

  init(
    _ description: String, _ errors: String, code: Int32 = 65, _ arguments: String = quantize,
    words: [String] = [], files: @escaping @Sendable () throws -> Files = { [:] }
  ) {
    testDescription = description
    self.arguments = arguments.split(separator: " ").map(String.init) + words
    self.code = code
    self.errors = errors
    self.files = files
  }

  /// Of the program, its libraries and its stack.
  static let programSize = 96 << 20

  /// Runs the tool: message and exit code as expected, no file touched, within two seconds and
  /// within four times the files' size and 64 MiB.
  func check(sourceLocation: SourceLocation = #_sourceLocation) throws {
    try Folders.withTemporary { folder in
      var files: Files = [
        "m.safetensors": SafetensorsBuilder.gru(inputs: 3, hidden: 4, outputs: 2).data,
        "c.npy": NPYBuilder.float32(
          shape: [80, 3], RandomNetworks.inputs(width: 3, steps: 80, seed: 1).sequences[0].values),
        "out.h": Data("old".utf8),
      ]
      files.merge(try self.files()) { $1 }
      var size = 0
      for (name, data) in files {
        try data?.write(to: folder.appendingPathComponent(name))
        size += data?.count ?? 0
      }
      let start = Date()
      let result = try Tool.run(
        arguments, in: folder, addressSpace: Self.programSize + 4 * size + 64 << 20)
      #expect(Date().timeIntervalSince(start) < 2, sourceLocation: sourceLocation)
      #expect(result.errors == errors + "\n", sourceLocation: sourceLocation)
      #expect(result.code == code, sourceLocation: sourceLocation)
      #expect(result.output == "", sourceLocation: sourceLocation)
      var after: Files = [:]
      for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
        after[name] = try Data(contentsOf: folder.appendingPathComponent(name))
      }
      #expect(after == files.filter { $0.value != nil }, sourceLocation: sourceLocation)
    }
  }
}

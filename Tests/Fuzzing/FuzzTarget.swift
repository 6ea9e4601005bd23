import Foundation
import ModelFiles
import TestSupport

/// Something that takes bytes from outside.
protocol FuzzTarget: SendableMetatype {
  static var name: String { get }

  /// Where the search begins.
  static var seeds: [[UInt8]] { get }

  /// Gives the bytes to the code, and ends the process where a promise is broken.
  static func check(_ bytes: [UInt8])

  /// Other bytes, near to these.
  static func mutate(_ bytes: [UInt8], using random: inout SeededGenerator) -> [UInt8]
}

extension FuzzTarget {
  static func mutate(_ bytes: [UInt8], using random: inout SeededGenerator) -> [UInt8] {
    mutateBytes(bytes)
  }
}

let fuzzTargets: [any FuzzTarget.Type] = [
  SafetensorsTarget.self, NPYTarget.self, NPZTarget.self, DescriptionTarget.self,
  HeaderTarget.self, DeviceTarget.self, HostTarget.self, StepTarget.self,
]

/// A promise that must hold for every input; libFuzzer keeps the input for which it doesn't.
func require(_ holds: Bool, _ promise: @autoclosure () -> String) {
  if !holds { fail("broken promise: \(promise())") }
}

func fail(_ message: String) -> Never {
  FileHandle.standardError.write(Data("\(message)\n".utf8))
  abort()
}

/// A refusal names the file, says what is wrong in few words, and commands no terminal.
func requireWords(_ error: InputError, about file: String) {
  let lines = error.description.split(separator: "\n", omittingEmptySubsequences: false)
  require(error.kind == .badData, "bytes that were read are bad data: \(error)")
  // Behind the name may stand where in it, as "(metadata 'network')" or ": a.npy".
  require(lines[0].hasPrefix("error: \(file)"), "the file is named: \(error)")
  require(!error.message.isEmpty, "a message has words")
  for line in lines {
    require(line.utf8.count <= 4096, "a line can be read: \(line.utf8.count) bytes")
    require(printable(String(line)) == line, "a line is plain text: \(line)")
  }
  for note in lines.dropFirst() {
    require(note.hasPrefix("note: ") || note.hasPrefix("hint: "), "a note is one: \(note)")
  }
}

/// What every tensor that a reader lets through is.
func requireLimits(_ tensor: Tensor) {
  require(tensor.shape.count <= 4, "\(tensor.shape) has at most 4 dimensions")
  require(
    tensor.shape.allSatisfy { (1...65_535).contains($0) }, "dimensions in \(tensor.shape)")
  require(tensor.values.count == tensor.shape.reduce(1, *), "as many values as the shape says")
  require(tensor.values.allSatisfy(\.isFinite), "every weight is finite")
  require(tensor.name.utf8.count <= 512, "a name has at most 512 bytes")
  require(printable(tensor.name) == tensor.name, "a name is plain text")
}

func requireLimits(_ tensors: [Tensor]) {
  require(tensors.count <= 4096, "at most 4096 tensors")
  require(Set(tensors.map(\.name)).count == tensors.count, "no name twice")
  tensors.forEach(requireLimits)
}

extension InputFile {
  /// Bytes of a file that is not there; nothing lies beside it.
  init(_ bytes: [UInt8]) { self.init(name: "/nowhere/file", bytes: Data(bytes)) }
}

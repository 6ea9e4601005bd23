import Foundation

/// The named tensors of a model file: safetensors, or `.npz`.
public struct TensorFile: Sendable {
  public let file: InputFile
  public let tensors: [Tensor]
  public let metadata: [String: String]

  public init(path: String) throws(InputError) {
    try self.init(InputFile(path: path))
  }

  public init(_ file: InputFile) throws(InputError) {
    self.file = file
    if file.bytes.starts(with: NPZ.signature) {
      tensors = try NPZ(file).tensors
      metadata = [:]
    } else {
      let safetensors = try Safetensors(file)
      tensors = safetensors.tensors
      metadata = safetensors.metadata
    }
  }

  var names: [String] { tensors.map(\.name).sorted() }

  /// What stands before the last part of each name.
  var prefixes: [String] {
    Set(
      tensors.compactMap { tensor in
        tensor.name.lastIndex { $0 == "." || $0 == "/" }.map { String(tensor.name[..<$0]) }
      }
    ).sorted()
  }
}

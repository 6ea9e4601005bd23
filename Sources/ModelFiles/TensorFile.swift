import Foundation

/// The named tensors of a model file: safetensors, or `.npz`.
public struct TensorFile {
  public let file: InputFile
  public let tensors: [Tensor]
  public let metadata: [String: String]

  public init(path: String) throws(InputError) {
    try self.init(InputFile(path: path))
  }

  public init(_ file: InputFile) throws(InputError) {
    self.file = file
    if file.bytes.starts(with: [0x50, 0x4B, 3, 4]) {
      tensors = try NPZ(file).tensors
      metadata = [:]
    } else {
      let safetensors = try Safetensors(file)
      tensors = safetensors.tensors
      metadata = safetensors.metadata
    }
  }

  var names: [String] { tensors.map(\.name).sorted() }
}

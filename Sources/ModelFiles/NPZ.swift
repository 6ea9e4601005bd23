import Foundation

/// The arrays of NumPy's `.npz`: a zip archive of `.npy` files, stored without compression as
/// `np.savez` writes them.
struct NPZ {
  /// What a zip archive that isn't empty begins with.
  static let signature: [UInt8] = [0x50, 0x4B, 3, 4]

  let tensors: [Tensor]

  init(_ file: InputFile) throws(InputError) {
    let archive = ZipArchive(file: file)
    let entries = try archive.entries()
    try Self.refuseOtherArchives(entries.map(\.name), file)
    try checkTensorCount(entries.count, in: file)
    var (tensors, names): ([Tensor], Set<String>) = ([], [])
    for entry in entries {
      let name = String(entry.name.dropLast(".npy".count))
      try checkTensorName(name, in: file)
      guard names.insert(name).inserted else {
        throw file.error("has the array '\(name)' twice")
      }
      let array = try NPY(
        InputFile(name: "\(file.name): \(entry.name)", bytes: try archive.data(of: entry)))
      guard !array.isInteger else {
        throw file.error("array '\(name)' has integers, expected float weights")
      }
      let shape = array.shape.isEmpty ? [1] : array.shape
      guard shape.allSatisfy({ (1...Safetensors.dimensionLimit).contains($0) }) else {
        throw file.error(
          "array '\(name)' has shape \(shape), expected dimensions from 1 to "
            + "\(Safetensors.dimensionLimit)")
      }
      tensors.append(Tensor(name: name, shape: shape, dtype: "npy", values: array.values))
    }
    self.tensors = tensors
  }

  private static func refuseOtherArchives(
    _ names: [String], _ file: InputFile
  ) throws(InputError) {
    if names.contains(where: { $0.hasSuffix(".pkl") }) {
      throw file.error(
        "is a PyTorch pickle, expected safetensors\(pickleReason)",
        notes: pickleHints.map { "hint: \($0)" })
    }
    if names.contains("config.json") {
      throw file.error(
        "is a Keras archive, expected safetensors",
        notes: ["hint: gru-export model.keras -o model.safetensors"])
    }
    guard names.allSatisfy({ $0.hasSuffix(".npy") }) else {
      throw file.error("is a zip archive with other files than .npy arrays, expected safetensors")
    }
  }
}

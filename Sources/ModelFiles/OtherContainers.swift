import Foundation

/// Names a file that is something else by its first bytes, and says how to convert it.
///
/// To be asked only where the first eight bytes are no possible header length: 640 begins like a
/// pickle, 60 like a web page.
func refuseOtherContainers(_ file: InputFile) throws(InputError) {
  let start = Array(file.bytes.prefix(64))
  guard let found = otherContainers.first(where: { $0.begins(start) }) else { return }
  throw file.error(
    "\(found.name), expected safetensors\(found.reason)", notes: found.hints.map { "hint: \($0)" })
}

private struct OtherContainer: Sendable {
  /// As in "is a web page".
  var name: String
  var reason = ""
  var hints: [String] = []
  var begins: @Sendable ([UInt8]) -> Bool
}

/// How weights of a PyTorch model become safetensors.
let pickleHints = [
  "from safetensors.torch import save_file", "save_file(model.state_dict(), \"model.safetensors\")",
]
let pickleReason = "; pickles run code and are never opened"

private let otherContainers: [OtherContainer] = [
  OtherContainer(name: "is a pickle", reason: pickleReason, hints: pickleHints) {
    $0.count > 1 && $0[0] == 0x80 && (2...5).contains($0[1])
  },
  OtherContainer(name: "is an empty zip archive") { $0.starts(with: [0x50, 0x4B, 5, 6]) },
  OtherContainer(name: "is an HDF5 file", hints: ["gru-export model.h5 -o model.safetensors"]) {
    $0.starts(with: [0x89, 0x48, 0x44, 0x46])
  },
  OtherContainer(
    name: "is a TensorFlow Lite model, where a GRU is unrolled into single operations",
    hints: ["gru-export takes the Keras model that it was converted from"]
  ) { $0.dropFirst(4).starts(with: Array("TFL3".utf8)) },
  OtherContainer(
    name: "looks like an ONNX model", hints: ["gru-export model.onnx -o model.safetensors"],
    begins: isONNX),
  OtherContainer(
    name: "is a single npy array", hints: ["np.savez(\"model.npz\", **arrays) keeps the names"]
  ) { $0.starts(with: [0x93] + Array("NUMPY".utf8)) },
  OtherContainer(name: "is compressed with gzip", hints: ["gunzip it first"]) {
    $0.starts(with: [0x1F, 0x8B])
  },
  OtherContainer(name: "is a Git LFS pointer, not the file itself", hints: ["git lfs pull"]) {
    $0.starts(with: Array("version https://git-lfs".utf8))
  },
  OtherContainer(name: "is a web page") { text($0).first == UInt8(ascii: "<") },
  OtherContainer(name: "is JSON text", hints: ["network.json is given by --network"]) {
    text($0).first == UInt8(ascii: "{")
  },
]

/// A protobuf of small fields: the first is ir_version, the next one of ModelProto's others.
@Sendable private func isONNX(_ start: [UInt8]) -> Bool {
  start.count > 3 && start[0] == 0x08 && start[1] < 0x20
    && [0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42].contains(start[2])
}

/// What follows a byte order mark and white space.
private func text(_ start: [UInt8]) -> ArraySlice<UInt8> {
  let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
  return start.dropFirst(start.starts(with: mark) ? 3 : 0).drop { [9, 10, 13, 32].contains($0) }
}

import Foundation
import GRUHarness
import GRUQuantizer
import GRUSearch
import ModelFiles

/// A folder with a trained network and data for it, as `Tools/examples` has them.
struct Kit {
  let folder: URL
  let network: Network
  let calibration: Sequences
  let inputs: Sequences

  init(_ folder: URL) throws {
    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
    func ifThere(_ path: String) -> String? {
      FileManager.default.fileExists(atPath: path) ? path : nil
    }
    self.folder = folder
    network = try Network(
      model: ifThere(path("model.safetensors")) ?? path("../model.safetensors"),
      description: path("network.json"))
    calibration = try Sequences(
      path: path("calibration.npy"), lengths: ifThere(path("calibration_lengths.npy")))
    inputs = try Sequences(path: path("inputs.npy"), lengths: ifThere(path("lengths.npy")))
  }

  func array(_ name: String) throws -> NPY {
    try NPY(path: folder.appendingPathComponent("\(name).npy").path)
  }

  /// Quantizes, writes the header, reads it back and compares it with the float model.
  func comparison(
    _ widths: Widths = .init(all: .int8), options: Search.Options = .init(),
    expecting expectations: (QuantizedNetwork) throws -> Expectations = { _ in Expectations() }
  ) throws -> (Comparison, header: QuantizedNetwork) {
    let quantizer = try Quantizer(network, calibration: calibration, name: "trained")
    let written = try Search(quantizer, calibration: calibration, options: options).best(widths)
    let text = HeaderWriter.header(
      for: written.network, provenance: Provenance(version: "0", command: "", inputs: []),
      measured: [])
    let header = try QuantizedNetwork(
      header: InputFile(name: "trained_model.h", bytes: Data(text.utf8)))
    return (
      try Comparison(network, header, over: inputs, expecting: expectations(header)), header
    )
  }
}

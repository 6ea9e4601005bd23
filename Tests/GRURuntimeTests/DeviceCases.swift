import Foundation
import GRUHarness
import GRUQuantizer
import ModelFiles

/// Writes a network's header and golden vectors for devices into the folder that an environment
/// variable names; does nothing without one.
func emitForDevices(
  _ network: QuantizedNetwork, _ data: Sequences, steps: Int, into variable: String
) throws {
  guard let path = ProcessInfo.processInfo.environment[variable] else { return }
  let folder = URL(fileURLWithPath: path)
  let header = HeaderWriter.header(
    for: network, provenance: Provenance(version: "0", command: "", inputs: []), measured: [])
  let vectors = try GoldenVectors(network, data: data, steps: steps)
  try Data(header.utf8).write(to: folder.appendingPathComponent("\(network.name)_model.h"))
  try Data(vectors.header.utf8)
    .write(to: folder.appendingPathComponent("\(network.name)_vectors.h"))
}

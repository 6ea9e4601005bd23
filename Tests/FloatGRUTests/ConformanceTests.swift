import FloatGRU
import Foundation
import ModelFiles
import TestSupport
import Testing

/// The reference against outputs that other software computed: ONNX' node tests, RTNeural's
/// models, and float64 runs of Opus' and RNNoise's networks.
@Suite(
  "Conformance",
  .enabled(if: Folders.sharedModel("conformance") != nil, "the shared models are absent"))
struct ConformanceTests {
  static let tolerance = 1e-5

  private let tensors: [String: Tensor]
  private let file: TensorFile

  init() throws {
    let folder = try #require(Folders.sharedModel("conformance"))
    file = try TensorFile(path: folder.appendingPathComponent("model.safetensors").path)
    tensors = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0) })
  }

  private func network(_ layers: [NetworkDescription.Layer]) throws -> Network {
    try Network(file, description: NetworkDescription(layers: layers))
  }

  private func last(
    _ network: Network, _ inputs: Tensor, sequence: Int
  ) -> [[Double]] {
    var float = FloatNetwork(network)
    let (steps, width) = (inputs.shape[1], inputs.shape[2])
    return (0..<steps).map { step in
      let start = (sequence * steps + step) * width
      return float.step(Array(inputs.values[start..<start + width])).output
    }
  }

  @Test(
    "ONNX node tests of forward GRUs",
    arguments: [
      "test_gru_defaults", "test_gru_with_initial_bias", "test_gru_seq_length",
      "test_gru_batchwise",
    ])
  func onnx(name: String) throws {
    let network = try network([.gru(.init(tensors: name, layout: .pytorch, reset: .before))])
    let inputs = try #require(tensors["\(name).input"])
    let expected = try #require(tensors["\(name).onnx_Y_h"])
    for sequence in 0..<inputs.shape[0] {
      let hidden = last(network, inputs, sequence: sequence).last!
      for (unit, value) in hidden.enumerated() {
        #expect(abs(value - expected.values[sequence * hidden.count + unit]) < Self.tolerance)
      }
    }
  }

  @Test(
    "ONNX node tests of reverse and bidirectional GRUs are refused by name",
    arguments: ["test_gru_reverse", "test_gru_bidirectional"])
  func refused(name: String) throws {
    let error = #expect(throws: InputError.self) {
      _ = try network([.gru(.init(tensors: name, layout: .pytorch, reset: .before))])
    }
    #expect(try #require(error).message.contains("bidirectional or reverse"))
  }

  @Test("RTNeural: a stack of four GRUs, and Keras models with dense layers around one")
  func rtneural() throws {
    try compare(
      "rtneural_torch",
      [
        .gru(.init(tensors: "rtneural_torch.gru")), .gru(.init(tensors: "rtneural_torch.gru2")),
        .dense(tensors: "rtneural_torch.dense", activation: .none),
      ])
    try compare(
      "rtneural_gru_1d",
      [
        .gru(.init(tensors: "rtneural_gru_1d.gru")),
        .dense(tensors: "rtneural_gru_1d.dense1", activation: .sigmoid),
        .dense(tensors: "rtneural_gru_1d.dense2", activation: .none),
      ])
    try compare(
      "rtneural_gru",
      [
        .dense(tensors: "rtneural_gru.dense0", activation: .tanh),
        .gru(.init(tensors: "rtneural_gru.gru")),
        .dense(tensors: "rtneural_gru.dense2", activation: .sigmoid),
        .dense(tensors: "rtneural_gru.dense3", activation: .none),
      ])
  }

  private func compare(_ name: String, _ layers: [NetworkDescription.Layer]) throws {
    var float = FloatNetwork(try network(layers))
    let inputs = try #require(tensors["\(name).input"]).values
    let outputs = try #require(tensors["\(name).output"]).values
    let largest = zip(inputs, outputs).reduce(0) { largest, pair in
      max(largest, abs(float.step([pair.0]).output[0] - pair.1))
    }
    #expect(largest < Self.tolerance, "\(name)")
  }
}

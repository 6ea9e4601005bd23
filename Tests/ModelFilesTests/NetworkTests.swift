import Foundation
import ModelFiles
import TestSupport
import Testing

private func network(_ builder: SafetensorsBuilder, _ description: String? = nil) throws -> Network
{
  var builder = builder
  if let description {
    builder.metadata["network"] = description.replacingOccurrences(of: "\"", with: "\\\"")
  }
  return try Folders.withTemporary { folder in
    let path = folder.appendingPathComponent("m.safetensors").path
    try builder.data.write(to: URL(fileURLWithPath: path))
    return try Network(model: path)
  }
}

@Suite("PyTorch layout") struct PyTorchLayoutTests {
  /// Values that tell where they came from: 100 · row + column.
  private func numbered(_ rows: Int, _ columns: Int) -> [Float] {
    (0..<rows * columns).map { Float(100 * ($0 / columns) + $0 % columns) }
  }

  @Test("rows are r, z, n; the recurrent bias of the candidate stays apart")
  func order() throws {
    let builder = SafetensorsBuilder([
      ("gru.weight_ih_l0", [6, 3], numbered(6, 3)), ("gru.weight_hh_l0", [6, 2], numbered(6, 2)),
      ("gru.bias_ih_l0", [6], [1, 2, 3, 4, 5, 6]),
      ("gru.bias_hh_l0", [6], [10, 20, 30, 40, 50, 60]),
    ])
    let layer = try network(builder)[gru: 0]
    #expect(layer.input.reset.values == [0, 1, 2, 100, 101, 102])
    #expect(layer.input.update.values == [200, 201, 202, 300, 301, 302])
    #expect(layer.recurrent.candidate.values == [400, 401, 500, 501])
    #expect(layer.bias == Gates(reset: [11, 22], update: [33, 44], candidate: [5, 6]))
    #expect(layer.recurrentBias == [50, 60])
  }

  @Test("without biases they are zero")
  func noBias() throws {
    var builder = SafetensorsBuilder.gru(inputs: 2, hidden: 2)
    builder.remove("gru.bias_ih_l0")
    builder.remove("gru.bias_hh_l0")
    let layer = try network(builder)[gru: 0]
    #expect(layer.bias.inOrder.allSatisfy { $0 == [0, 0] })
    #expect(layer.recurrentBias == [0, 0])
  }

  @Test("a stack and a Linear are understood by their names, and described in metadata")
  func stack() throws {
    var builder = SafetensorsBuilder.gru(inputs: 2, hidden: 3, outputs: 4)
    builder.tensors += SafetensorsBuilder.gru(inputs: 3, hidden: 5).tensors.map {
      ($0.name.replacingOccurrences(of: "_l0", with: "_l1"), $0.shape, $0.values)
    }
    builder.reshape("fc.weight", [4, 5])
    #expect(try network(builder).layers.map(\.outputSize) == [3, 5, 4])
    let described = try network(
      builder,
      "{\"format\":1,\"layers\":[{\"kind\":\"gru\",\"tensors\":\"gru\",\"reset\":\"after\"},"
        + "{\"kind\":\"dense\",\"tensors\":\"fc\",\"activation\":\"softmax\"}]}")
    let dense = described[dense: 2]
    #expect(dense.activation == .softmax)
  }

  struct Fault: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let message: String
    let spoil: @Sendable (inout SafetensorsBuilder) -> Void

    init(
      _ description: String, _ message: String,
      _ spoil: @escaping @Sendable (inout SafetensorsBuilder) -> Void
    ) {
      testDescription = description
      self.message = message
      self.spoil = spoil
    }
  }

  static let faults: [Fault] = [
    Fault("wrong recurrent shape", "has shape [9, 2], expected [6, 2]") {
      $0.reshape("gru.weight_hh_l0", [9, 2])
    },
    Fault("rows not divisible by 3", "has shape [10, 2], expected [9, 2]") {
      $0.reshape("gru.weight_ih_l0", [10, 2])
    },
    Fault("LSTM", "looks like an LSTM: 4H rows") { $0.reshape("gru.weight_hh_l0", [12, 3]) },
    Fault("plain RNN", "looks like a plain RNN: H rows") {
      $0.reshape("gru.weight_hh_l0", [3, 3])
    },
    Fault("bias_hh missing", "'gru.bias_hh_l0' is missing, although 'gru.bias_ih_l0' exists") {
      $0.remove("gru.bias_hh_l0")
    },
    Fault("bias of the wrong length", "'gru.bias_ih_l0' has shape [8], expected [9]") {
      $0.reshape("gru.bias_ih_l0", [8])
    },
    Fault("weight missing", "tensor 'gru.weight_hh_l0' is missing") {
      $0.remove("gru.weight_hh_l0")
    },
    Fault("layer 1 missing", "'gru.weight_ih_l1' is missing, although 'gru.weight_ih_l2' exists") {
      $0.tensors.append(("gru.weight_ih_l2", [3, 1], [1, 1, 1]))
    },
    Fault("bidirectional", "bidirectional") {
      $0.tensors.append(("gru.weight_ih_l0_reverse", [1], [1]))
    },
    Fault("projection", "is a projection") {
      $0.tensors.append(("gru.weight_hr_l0", [1], [1]))
    },
    Fault("dense that doesn't fit", "layer 'fc' reads 7 values, expected the 3 of 'gru'") {
      $0.reshape("fc.weight", [4, 7])
    },
    Fault("dense bias", "'fc.bias' has shape [5], expected [4]") { $0.reshape("fc.bias", [5]) },
    Fault("two stacks", "2 GRU layers") {
      $0.tensors += SafetensorsBuilder.gru(inputs: 1, hidden: 1).tensors.map {
        ("other." + $0.name, $0.shape, $0.values)
      }
    },
    Fault("no GRU", "0 GRU layers") { builder in
      for name in ["weight_ih", "weight_hh", "bias_ih", "bias_hh"] {
        builder.remove("gru.\(name)_l0")
      }
    },
  ]

  @Test("each fault names tensor, found and expected", arguments: faults)
  func refused(_ fault: Fault) throws {
    var builder = SafetensorsBuilder.gru(inputs: 2, hidden: 3, outputs: 4)
    fault.spoil(&builder)
    let error = #expect(throws: InputError.self) { _ = try network(builder) }
    #expect(try #require(error).description.contains(fault.message), "\(error!.description)")
  }
}

@Suite("Network description") struct NetworkDescriptionTests {
  private func read(_ text: String) throws(InputError) -> NetworkDescription {
    try NetworkDescription(InputFile(name: "network.json", bytes: Data(text.utf8)))
  }

  @Test("reset, candidate and activation are read, with PyTorch's defaults")
  func good() throws {
    let description = try read(
      """
      { "format": 1, "layers": [
        { "kind": "gru", "tensors": "a" },
        { "kind": "gru", "tensors": "b", "reset": "before", "candidate": "relu", "update": "keeps" },
        { "kind": "dense", "tensors": "c", "activation": "sigmoid" } ] }
      """)
    #expect(
      description.layers == [
        .gru(.init(tensors: "a")),
        .gru(.init(tensors: "b", reset: .before, candidate: .relu, update: .keeps)),
        .dense(tensors: "c", activation: .sigmoid),
      ])
  }

  @Test(
    "what is not known is an error",
    arguments: [
      ("{", "at byte 1"), ("[]", "is not a JSON object"), ("{\"format\":2}", "format: is not 1"),
      ("{\"format\":1}", "layers: is missing"),
      ("{\"format\":1,\"layers\":[]}", "layers: is missing"),
      ("{\"format\":1,\"leyers\":[]}", "unknown key 'leyers'"),
      ("{\"format\":1,\"format\":1}", "has the key 'format' twice"),
      ("{\"format\":1,\"layers\":[{\"tensors\":\"a\"}]}", "layers[0]: kind is missing"),
      ("{\"format\":1,\"layers\":[{\"kind\":\"lstm\",\"tensors\":\"a\"}]}", "kind is 'lstm'"),
      ("{\"format\":1,\"layers\":[{\"kind\":\"gru\"}]}", "'tensors' is missing"),
      (
        "{\"format\":1,\"layers\":[{\"kind\":\"gru\",\"tensors\":\"a\",\"rest\":1}]}",
        "unknown key 'rest'"
      ),
      (
        "{\"format\":1,\"layers\":[{\"kind\":\"gru\",\"tensors\":\"a\",\"reset\":\"never\"}]}",
        "reset is 'never', expected 'after' or 'before'"
      ),
      (
        "{\"format\":1,\"layers\":[{\"kind\":\"gru\",\"tensors\":\"a\",\"layout\":\"torch\"}]}",
        "layout is 'torch', expected 'pytorch' or 'pytorch_cell'"
      ),
    ])
  func refused(text: String, message: String) throws {
    let error = #expect(throws: InputError.self) { _ = try read(text) }
    #expect(try #require(error).description.contains(message), "\(error!.description)")
  }
}

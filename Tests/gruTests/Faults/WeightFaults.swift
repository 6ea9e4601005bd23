import Foundation
import ModelFiles
import TestSupport
import Testing

/// A model whose tensors are changed.
private func fault(
  _ description: String, _ errors: String, network: String? = nil,
  _ change: @escaping @Sendable (inout SafetensorsBuilder) -> Void = { _ in }
) -> FaultCase {
  FaultCase(description, "error: " + errors) {
    var builder = SafetensorsBuilder.gru(inputs: 3, hidden: 4, outputs: 2)
    change(&builder)
    var files: FaultCase.Files = ["m.safetensors": builder.data]
    if let network {
      files["network.json"] = Data("{\"format\":1,\"layers\":[\(network)]}".utf8)
    }
    return files
  }
}

private func ones(_ name: String, _ shape: [Int]) -> (String, [Int], [Float]) {
  (name, shape, Array(repeating: 0.1, count: shape.reduce(1, *)))
}

/// A Keras layer with this bias.
private func keras(_ bias: [Int]) -> @Sendable (inout SafetensorsBuilder) -> Void {
  {
    $0.tensors = [
      ones("gru.kernel", [3, 12]), ones("gru.recurrent_kernel", [4, 12]), ones("gru.bias", bias),
    ]
  }
}

/// A layer of `blocks` blocks of four rows.
private func blocks(_ blocks: Int) -> @Sendable (inout SafetensorsBuilder) -> Void {
  {
    $0.reshape("gru.weight_ih_l0", [4 * blocks, 3])
    $0.reshape("gru.weight_hh_l0", [4 * blocks, 4])
  }
}

private let standardise = "\nhint: standardise the inputs, so that most lie within ±4"
private let model = "m.safetensors: "

private let values = [
  fault(
    "23 NaN",
    model
      + "tensor 'gru.bias_ih_l0' has 1 values that are NaN or infinite, the first at index 3, "
      + "expected finite numbers"
  ) { $0.tensors[2].values[3] = .nan },
  fault(
    "23 infinite",
    model
      + "tensor 'gru.weight_hh_l0' has 2 values that are NaN or infinite, the first at index 1, "
      + "expected finite numbers"
  ) {
    $0.tensors[1].values[1] = .infinity
    $0.tensors[1].values[40] = -.infinity
  },
  fault(
    "24 weights of 3.4e38",
    model
      + "layer 'gru' has weights of 3.40e+38, expected at most 1e12"
      + standardise
  ) { $0.tensors[1].values[5] = 3.4e38 },
  fault(
    "24 weights of 1e10",
    model + "layer 'gru' has weights too large for its inputs' range" + standardise
  ) { $0.tensors[1].values[5] = 1e10 },
  fault(
    "an initial state that tanh doesn't reach",
    model + "initial state 2 of 'gru' is 5.0, expected within ±1"
  ) { $0.tensors.append(("gru.initial_state", [4], [0, 0, 5, 0])) },
  fault(
    "a ReLU state beyond the format",
    model + "layer 'gru' has a state of 1.21e+11 in calibration, expected below 3200",
    network: "{\"kind\":\"gru\",\"tensors\":\"gru\",\"candidate\":\"relu\"}"
  ) { $0.tensors[0].values = Array(repeating: 1e11, count: 36) },
]

private let shapes = [
  fault(
    "one name in two spellings",
    model + "tensors 'gru.bias_ih_l0' and 'gru/bias_ih_l0' are both the layer's 'bias_ih_l0'"
  ) { $0.tensors.append(ones("gru/bias_ih_l0", [12])) },
  fault(
    "25 rows not divisible by 3",
    model
      + "tensor 'gru.weight_hh_l0' has shape [13, 4], expected [12, 4]"
  ) { $0.reshape("gru.weight_hh_l0", [13, 4]) },
  fault(
    "25 H disagrees",
    model
      + "tensor 'gru.weight_ih_l0' has shape [15, 3], expected [12, 3]\n"
      + "note: hidden size 4 comes from 'gru.weight_hh_l0' with shape [12, 4]"
  ) { $0.reshape("gru.weight_ih_l0", [15, 3]) },
  fault(
    "25 a bias of another size",
    model
      + "tensor 'gru.bias_hh_l0' has shape [9], expected [12]"
  ) { $0.reshape("gru.bias_hh_l0", [9]) },
  fault(
    "26 one bias of a pair",
    model
      + "tensor 'gru.bias_hh_l0' is missing, although 'gru.bias_ih_l0' exists"
  ) { $0.remove("gru.bias_hh_l0") },
  fault(
    "26 layer 1 between 0 and 2",
    model
      + "tensor 'gru.weight_ih_l1' is missing, although 'gru.weight_ih_l2' exists"
  ) {
    $0.tensors += [ones("gru.weight_ih_l2", [12, 4]), ones("gru.weight_hh_l2", [12, 4])]
  },
  fault(
    "26 a missing matrix",
    model
      + "tensor 'gru.weight_hh_l0' is missing\n"
      + "note: 'gru' has bias_hh_l0, bias_ih_l0, weight_ih_l0"
  ) { $0.remove("gru.weight_hh_l0") },
  fault(
    "27 LSTM",
    model
      + "tensor 'gru.weight_hh_l0' has shape [16, 4], expected 3H = 12 rows of gates; "
      + "it looks like an LSTM: 4H rows", blocks(4)),
  fault(
    "27 plain RNN",
    model
      + "tensor 'gru.weight_hh_l0' has shape [4, 4], expected 3H = 12 rows of gates; "
      + "it looks like a plain RNN: H rows", blocks(1)),
  fault(
    "28 reverse",
    model
      + "tensor 'gru.weight_ih_l0_reverse' belongs to a bidirectional or reverse GRU, which cannot "
      + "run step by step\nhint: train with one direction; a device sees no future steps"
  ) { $0.tensors.append(ones("gru.weight_ih_l0_reverse", [12, 3])) },
  fault(
    "28 Keras' backward layer",
    model
      + "tensor 'gru.backward_gru.kernel' belongs to a bidirectional or reverse GRU, which cannot "
      + "run step by step\nhint: train with one direction; a device sees no future steps",
    network: "{\"kind\":\"gru\",\"tensors\":\"gru\"}"
  ) { $0.tensors.append(ones("gru.backward_gru.kernel", [3, 12])) },
  fault(
    "28 projection",
    model
      + "tensor 'gru.weight_hr_l0' is a projection, which a GRU does not have"
  ) { $0.tensors.append(ones("gru.weight_hr_l0", [2, 4])) },
  fault(
    "29 bias (2, 3H) under reset before",
    model
      + "tensor 'gru.bias' has shape [2, 12], which belongs to reset after, but reset is before",
    network: "{\"kind\":\"gru\",\"tensors\":\"gru\",\"reset\":\"before\"}", keras([2, 12])),
  fault(
    "29 bias (3H) under reset after",
    model
      + "tensor 'gru.bias' has shape [12], which belongs to reset before, but reset is after",
    network: "{\"kind\":\"gru\",\"tensors\":\"gru\",\"reset\":\"after\"}", keras([12])),
  fault(
    "29 bias of three rows",
    model
      + "tensor 'gru.bias' has shape [3, 12], expected [2, 12]",
    network: "{\"kind\":\"gru\",\"tensors\":\"gru\"}", keras([3, 12])),
]

@Suite("Weight faults") struct WeightFaultTests {
  @Test("wrong weights are refused in words, quickly, in little memory", arguments: values + shapes)
  func refused(_ fault: FaultCase) throws { try fault.check() }

  @Test(
    "weights of nothing but zeros, or below 1e-38, are quantized",
    arguments: [0, 1e-38, Float.leastNonzeroMagnitude])
  func tiny(value: Float) throws {
    try Folders.withTemporary { folder in
      var builder = SafetensorsBuilder.gru(inputs: 3, hidden: 4, outputs: 2)
      for index in builder.tensors.indices {
        builder.tensors[index].values = builder.tensors[index].values.map { _ in value }
      }
      try builder.data.write(to: folder.appendingPathComponent("m.safetensors"))
      let data = RandomNetworks.inputs(width: 3, steps: 80, seed: 1).sequences[0].values
      try NPYBuilder.float32(shape: [80, 3], data).write(to: folder.appendingPathComponent("c.npy"))
      let quantized = try Tool.run(
        FaultCase.quantize.split(separator: " ").map(String.init), in: folder)
      #expect(quantized.code == 0, "\(quantized.errors)")
      let validated = try Tool.run(
        ["validate", "m.safetensors", "--header", "out.h", "--inputs", "c.npy"], in: folder)
      #expect(validated.code == 0, "\(validated.errors)")
    }
  }
}

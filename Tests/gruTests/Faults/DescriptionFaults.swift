import Foundation
import TestSupport
import Testing

/// Row 34: network.json with this text.
private func fault(_ description: String, _ errors: String, _ text: String) -> FaultCase {
  FaultCase("34 " + description, "error: " + errors) { ["network.json": Data(text.utf8)] }
}

/// network.json with these layers.
private func fault(_ description: String, layers: String, _ errors: String) -> FaultCase {
  fault(description, errors, "{\"format\":1,\"layers\":[\(layers)]}")
}

private let gru = #"{"kind":"gru","tensors":"gru"}"#
private let json = "network.json: "
private let keys = "kind, tensors, layout, reset, candidate, update"

private let faults = [
  fault("empty", json + "ends too early, at byte 0", ""),
  fault("no JSON", json + "has an unknown word, at byte 0", "format: 1"),
  fault("an array", json + "is not a JSON object", "[]"),
  fault("byte order mark", json + "begins with a byte order mark, at byte 0", "\u{FEFF}{}"),
  fault(
    "a key twice", json + "has the key 'format' twice, at byte 12", #"{"format":1,"format":1}"#),
  fault(
    "deep nesting", json + "is nested deeper than 32 levels, at byte 41",
    #"{"format":"# + String(repeating: "[", count: 200_000)),
  fault("a lone surrogate", json + "has a wrong escape in a string, at byte 1", #"{"\ud800":1}"#),
  fault(
    "format 2", json + "format: is not 1, the only version that this program reads",
    #"{"format":2}"#),
  fault(
    "no layers", json + "layers: is missing or empty, expected a list of layers", #"{"format":1}"#),
  fault(
    "unknown key",
    json + "top level: unknown key 'layer', expected format, input, layers\n"
      + "hint: did you mean 'layers'?", #"{"format":1,"layer":[]}"#),
  fault(
    "a key that a terminal acts on",
    json + "top level: unknown key '\\u{1B}[2J\\u{202E}\\u{A}', expected format, input, layers",
    #"{"format":1,"\u001b[2J\u202e\n":[]}"#),
  fault(
    "misspelt key", layers: #"{"kind":"gru","tensors":"gru","candidat":"relu"}"#,
    json + "layers[0]: unknown key 'candidat', expected \(keys)\nhint: did you mean 'candidate'?"),
  fault(
    "misspelt kind", layers: #"{"kind":"grru","tensors":"gru"}"#,
    json + "layers[0]: kind is 'grru', expected 'embedding', 'onehot', 'gru' or 'dense'\n"
      + "hint: did you mean 'gru'?"),
  fault(
    "no tensors", layers: #"{"kind":"gru"}"#,
    json + "layers[0]: 'tensors' is missing, expected the prefix of tensor names"),
  fault(
    "30 unknown activation", layers: gru + #",{"kind":"dense","tensors":"fc","activation":"tan"}"#,
    json + "layers[1]: activation is 'tan', expected 'none' or 'relu' or 'tanh' or 'sigmoid' or "
      + "'softmax'\nhint: did you mean 'tanh'?"),
  fault(
    "30 unknown candidate", layers: #"{"kind":"gru","tensors":"gru","candidate":"sigmoid"}"#,
    json + "layers[0]: candidate is 'sigmoid', expected 'tanh' or 'relu'"),
  fault(
    "17 layers", layers: Array(repeating: gru, count: 17).joined(separator: ","),
    json + "layers: has 17 entries, expected at most 16"),
  fault(
    "misspelt tensors", layers: #"{"kind":"gru","tensors":"gnu"}"#,
    """
    m.safetensors: layer 'gnu' has no tensors of a known GRU layout
    note: the file has fc.bias, fc.weight, gru.bias_hh_l0, gru.bias_ih_l0, gru.weight_hh_l0, \
    gru.weight_ih_l0
    hint: did you mean 'gru'?
    """),
  fault(
    "misspelt tensors of a dense layer", layers: gru + #",{"kind":"dense","tensors":"fx"}"#,
    "m.safetensors: tensor 'fx.weight' is missing\nnote: 'fx' has none\n"
      + "hint: did you mean 'fc'?"),
  fault(
    "wrong order", layers: #"{"kind":"dense","tensors":"fc"},"# + gru,
    "m.safetensors: layer 'gru' reads 3 values, expected the 2 of 'fc' before it\n"
      + "hint: did you mean 'gru' before 'fc'?"),
  fault(
    "only one-hot", layers: #"{"kind":"onehot","size":3}"#,
    "m.safetensors: network description: has no layer"),
  fault(
    "mean and std of other lengths",
    json + "input: mean has 2 values and std 1, expected as many",
    #"{"format":1,"input":{"mean":[0,0],"std":[1]},"layers":["# + gru + "]}"),
  fault(
    "std of 0", json + "input: std has a value that is not above 0",
    #"{"format":1,"input":{"mean":[0],"std":[0]},"layers":["# + gru + "]}"),
  FaultCase("34 over 1 MiB", "error: network.json: has 1048577 bytes, expected at most 1048576") {
    ["network.json": Data(count: 1 << 20 + 1)]
  },
  FaultCase("34 invalid UTF-8", "error: network.json: is not valid UTF-8, at byte 2") {
    ["network.json": Data([0x7B, 0x22, 0xFF])]
  },
]

@Suite("Description faults") struct DescriptionFaultTests {
  @Test("a wrong description is refused in words, quickly, in little memory", arguments: faults)
  func refused(_ fault: FaultCase) throws { try fault.check() }
}

import Foundation
import ModelFiles
import TestSupport
import Testing

/// Tensors filled with numbers from 1 on.
private func file(_ shapes: [(String, [Int])]) throws -> TensorFile {
  let tensors = shapes.map { name, shape in
    (name, shape, (0..<shape.reduce(1, *)).map { Float($0 + 1) })
  }
  return try TensorFile(InputFile(name: "m", bytes: SafetensorsBuilder(tensors).data))
}

private func description(_ text: String) throws(InputError) -> NetworkDescription {
  try NetworkDescription(InputFile(name: "network.json", bytes: Data(text.utf8)))
}

private let cell: [(String, [Int])] = [
  ("gru.weight_ih_l0", [6, 3]), ("gru.weight_hh_l0", [6, 2]),
]

@Suite("Layers beside the cells") struct OtherLayerTests {
  @Test("a dense layer is found by every framework's names, and turned where it is stored turned")
  func dense() throws {
    let rows: [Double] = [1, 2, 3, 4, 5, 6]
    for (weight, bias, isTurned) in [
      ("weight", "bias", false), ("Weights", "Bias", false), ("kernel", "bias", true),
      ("w", "b", true),
    ] {
      let source = try file(
        cell + [("fc." + weight, isTurned ? [2, 3] : [3, 2]), ("fc." + bias, [3])])
      let network = try Network(
        source,
        description: NetworkDescription(layers: [
          .gru(.init(tensors: "gru")), .dense(tensors: "fc", activation: .relu),
        ]))
      let layer = network[dense: 1]
      #expect(layer.weights.values == (isTurned ? [1, 4, 2, 5, 3, 6] : rows), "\(weight)")
      #expect(layer.bias == [1, 2, 3])
      #expect((layer.name, layer.activation, network.outputSize) == ("fc", .relu, 3))
    }
  }

  @Test(
    "an embedding is found by every framework's name",
    arguments: [
      "weight", "embeddings", "embedding",
    ])
  func embedding(name: String) throws {
    let source = try file(cell + [("table." + name, [5, 3])])
    let network = try Network(
      source,
      description: description(
        #"{"format":1,"layers":[{"kind":"embedding","tensors":"table"},"#
          + #"{"kind":"gru","tensors":"gru"}]}"#))
    let layer = network[embedding: 0]
    #expect(network.readsTokens && network.inputSize == 5 && layer.table.columns == 3)
    #expect(layer.table.values == (1...15).map { Double($0) })
  }

  @Test("a whole file may be one cell, without a prefix")
  func noPrefix() throws {
    let source = try file([("weight_ih", [6, 3]), ("weight_hh", [6, 2]), ("fc.weight", [1, 2])])
    let found = try NetworkDescription(of: source, at: "/nowhere/m.safetensors")
    #expect(
      found.layers == [.gru(.init(tensors: "")), .dense(tensors: "fc", activation: .none)])
    #expect(try Network(source, description: found).outputSize == 1)
  }

  @Test("Flax's kernels inside a cell are no dense layers")
  func flaxAlone() throws {
    let source = try file(
      ["ir", "iz", "in"].map { ("\($0).kernel", [3, 2]) }
        + ["hr", "hz", "hn"].map { ("\($0).kernel", [2, 2]) })
    let found = try NetworkDescription(of: source, at: "/nowhere/m.safetensors")
    #expect(found.layers == [.gru(.init(tensors: ""))])
  }
}

@Suite("Chains of layers") struct ChainTests {
  private func expect(
    _ message: String, notes: [String] = [], _ layers: [NetworkDescription.Layer],
    standardised: Int? = nil, _ extra: [(String, [Int])] = [],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var description = NetworkDescription(layers: layers)
    description.standardisation = standardised.map {
      Standardisation(
        mean: Array(repeating: 0, count: $0), deviation: Array(repeating: 1, count: $0))
    }
    let source = try file(cell + extra)
    let error = #expect(throws: InputError.self, sourceLocation: sourceLocation) {
      _ = try Network(source, description: description)
    }
    #expect(error?.message == message, sourceLocation: sourceLocation)
    #expect(error?.notes == notes, sourceLocation: sourceLocation)
  }

  private let gru = NetworkDescription.Layer.gru(.init(tensors: "gru"))

  @Test("one-hot tokens come first, as many as the cell reads")
  func oneHot() throws {
    try expect("network description: 'onehot' is not the first layer", [gru, .oneHot(size: 2)])
    try expect("layer 'gru' reads 3 values, expected the 4 tokens", [.oneHot(size: 4), gru])
  }

  @Test("a mean belongs to each feature")
  func standardisation() throws {
    try expect("layer 'gru' reads 3 values, expected the 2 of 'mean'", [gru], standardised: 2)
  }

  @Test("what an embedding looks up is what the next layer reads")
  func embedding() throws {
    try expect(
      "layer 'gru' reads 3 values, expected the 4 of 'e' before it",
      [.embedding(tensors: "e"), gru], [("e.weight", [5, 4])])
    try expect(
      "tensor 'e.weight' has shape [4], expected two dimensions", [.embedding(tensors: "e"), gru],
      [("e.weight", [4])])
  }

  @Test("a stack of 17 layers is refused, one of 16 is not")
  func limit() throws {
    func stack(_ count: Int) -> [(String, [Int])] {
      (1..<count).flatMap {
        [("gru.weight_ih_l\($0)", [6, 2]), ("gru.weight_hh_l\($0)", [6, 2])]
      }
    }
    try expect("has 17 layers, expected at most 16", [gru], stack(17))
    let network = try Network(
      file(cell + stack(16)), description: NetworkDescription(layers: [gru]))
    #expect(network.layers.count == 16)
  }

  @Test("a stack's layer that doesn't fit the one below is named")
  func stack() throws {
    try expect(
      "tensor 'gru.weight_ih_l1' has shape [6, 5], expected [6, 2]",
      notes: ["note: the layer below it has hidden size 2"], [gru],
      [("gru.weight_ih_l1", [6, 5]), ("gru.weight_hh_l1", [6, 2])])
  }

  @Test("names that are many are listed in part")
  func manyNames() throws {
    let others = (0..<14).map { ("x\($0).y", [1]) }
    let error = #expect(throws: InputError.self) {
      _ = try Network(
        file(others), description: NetworkDescription(layers: [.gru(.init(tensors: "far away"))]))
    }
    #expect(
      error?.notes == [
        "note: the file has x0.y, x1.y, x10.y, x11.y, x12.y, x13.y, x2.y, x3.y, x4.y, x5.y, x6.y, "
          + "x7.y, and 2 more"
      ])
  }
}

@Suite("Words of a network description") struct DescriptionWordTests {
  private static let gru = #"{"kind":"gru","tensors":"gru"}"#

  @Test(
    "whatever has the wrong type is refused with its place",
    arguments: [
      (
        #"{"kind":"gru","tensors":"g","reset":1}"#,
        "layers[0]: reset is not a string, expected 'after' or 'before'"
      ),
      (#"{"kind":"onehot"}"#, "layers[0]: 'size' is missing, expected the number of tokens"),
      (
        #"{"kind":"onehot","size":0}"#,
        "layers[0]: 'size' is missing, expected the number of tokens"
      ),
      (
        #"{"kind":"onehot","size":65536}"#,
        "layers[0]: 'size' is missing, expected the number of tokens"
      ),
      (
        #"{"kind":"embedding"}"#,
        "layers[0]: 'tensors' is missing, expected the prefix of tensor names"
      ),
      (
        #"{"kind":"embedding","tensors":"e","size":3}"#,
        "layers[0]: unknown key 'size', expected kind, tensors"
      ),
      (
        #"{"kind":"onehot","size":3,"tensors":"e"}"#,
        "layers[0]: unknown key 'tensors', expected kind, size"
      ),
      (
        #"{"kind":"dense","tensors":"e","reset":"after"}"#,
        "layers[0]: unknown key 'reset', expected kind, tensors, activation"
      ),
      ("3", "layers[0]: kind is missing, expected 'embedding', 'onehot', 'gru' or 'dense'"),
    ])
  func layers(layer: String, message: String) {
    let error = #expect(throws: InputError.self) {
      _ = try description(#"{"format":1,"layers":[\#(layer)]}"#)
    }
    #expect(error?.message == message)
  }

  @Test(
    "mean and std are lists of numbers, as many as each other",
    arguments: [
      (#"{"std":[1]}"#, "input: 'mean' is missing or no list of numbers"),
      (#"{"mean":[],"std":[1]}"#, "input: 'mean' is missing or no list of numbers"),
      (#"{"mean":[1,"2"],"std":[1,2]}"#, "input: 'mean' is missing or no list of numbers"),
      (#"{"mean":[1],"std":3}"#, "input: 'std' is missing or no list of numbers"),
      (#"{"mean":[1,2],"std":[1,-1]}"#, "input: std has a value that is not above 0"),
      (#"{"mean":[1],"std":[1],"var":[1]}"#, "input: unknown key 'var', expected mean, std"),
    ])
  func input(input: String, message: String) {
    let error = #expect(throws: InputError.self) {
      _ = try description(#"{"format":1,"input":\#(input),"layers":[\#(Self.gru)]}"#)
    }
    #expect(error?.message == message)
  }

  @Test("mean and std are read; 16 layers are accepted")
  func good() throws {
    let layers = Array(repeating: Self.gru, count: 16).joined(separator: ",")
    let read = try description(
      #"{"format":1,"input":{"mean":[0.5,-1],"std":[2,0.25]},"layers":[\#(layers)]}"#)
    #expect(read.standardisation == Standardisation(mean: [0.5, -1], deviation: [2, 0.25]))
    #expect(read.layers.count == 16)
    #expect(
      try description(#"{"format":1,"layers":[{"kind":"onehot","size":65535}]}"#).layers
        == [.oneHot(size: 65_535)])
  }
}

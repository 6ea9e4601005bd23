import Foundation
import GRUQuantizer
import ModelFiles
import TestSupport

/// `network.json`, and the network that it makes of tensors in every framework's layout.
enum DescriptionTarget: FuzzTarget {
  static let name = "network.json"

  static let seeds: [[UInt8]] = {
    let cells = Layout.allCases.map { layout in
      #"{"format":1,"layers":[{"kind":"gru","tensors":"\#(layout.rawValue)","#
        + #""layout":"\#(layout.rawValue)","reset":"after","update":"keeps"}]}"#
    }
    let chains = [
      #"""
      {"format": 1, "input": {"mean": [0.5, 0, -1e-3], "std": [1, 2, 3.5]}, "layers": [
        {"kind": "dense", "tensors": "square", "activation": "relu"},
        {"kind": "gru", "tensors": "pytorch", "candidate": "tanh"},
        {"kind": "dense", "tensors": "fc", "activation": "softmax"}]}
      """#,
      #"{"format":1,"layers":[{"kind":"embedding","tensors":"table"},{"kind":"gru","tensors":"keras"}]}"#,
      #"{"format":1,"layers":[{"kind":"onehot","size":3},{"kind":"gru","tensors":"onnx"}]}"#,
    ]
    return (cells + chains).map { Array($0.utf8) }
  }()

  static func check(_ bytes: [UInt8]) {
    requireFoundationReads(bytes)
    let file = InputFile(bytes)
    do throws(InputError) {
      let description = try NetworkDescription(file)
      require((1...16).contains(description.layers.count), "1 to 16 layers")
      if let input = description.standardisation {
        require(input.mean.count == input.deviation.count, "as many deviations as means")
        require((input.mean + input.deviation).allSatisfy(\.isFinite), "finite numbers")
        require(input.deviation.allSatisfy { $0 > 0 }, "deviations above 0")
      }
      requireNetwork(try Network(tensors, description: description))
    } catch {
      requireWords(error, about: error.file == file.name ? file.name : tensors.file.name)
    }
  }

  /// A network that is let through is a chain of finite layers.
  static func requireNetwork(_ network: Network) {
    require((1...16).contains(network.layers.count), "1 to 16 layers")
    for (below, above) in zip(network.layers, network.layers.dropFirst()) {
      require(below.outputSize == above.inputSize, "layers fit each other")
    }
    for layer in network.layers {
      if case .gru(let cell) = layer {
        require(cell.hiddenSize > 0 && cell.inputSize > 0, "no empty layer")
        for gate in cell.recurrent.inOrder {
          require(gate.rows == cell.hiddenSize && gate.columns == cell.hiddenSize, "U is H × H")
        }
        for gate in cell.input.inOrder {
          require(gate.rows == cell.hiddenSize && gate.columns == cell.inputSize, "W is H × I")
        }
        let biases = cell.bias.inOrder + [cell.recurrentBias, cell.initialState]
        require(biases.allSatisfy { $0.count == cell.hiddenSize }, "H biases")
      }
    }
    do throws(QuantizationError) {
      try Quantizer.checkSupport(of: network)
    } catch {
      require(!error.message.isEmpty, "a message has words")
    }
  }

  /// What this project's strict reader takes, every reader takes, and finds the same.
  private static func requireFoundationReads(_ bytes: [UInt8]) {
    let json: JSON
    do throws(JSON.SyntaxError) {
      json = try JSON(Data(bytes))
    } catch {
      require((0...bytes.count).contains(error.offset), "an error has a place: \(error)")
      return
    }
    guard json.holdsFiniteNumbers else { return }
    do {
      let object = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
      require(json.equals(object), "Foundation reads the same")
    } catch {
      fail("Foundation reads what is accepted: \(error)")
    }
    require((try? JSON(Data(json.text.utf8))) == json, "JSON survives being written")
  }

  static func mutate(_ bytes: [UInt8], using random: inout SeededGenerator) -> [UInt8] {
    guard random.happens(3, in: 4), var json = try? JSON(Data(bytes)) else {
      return mutateBytes(bytes)
    }
    for _ in 0...Int.random(in: 0...2, using: &random) {
      json = json.edited(words, using: &random)
    }
    return Array(json.text.utf8)
  }

  private static let words =
    [
      "format", "input", "mean", "std", "layers", "kind", "tensors", "layout", "reset", "candidate",
      "update", "size", "activation", "embedding", "onehot", "gru", "dense", "after", "before",
      "tanh", "relu", "sigmoid", "softmax", "none", "keeps", "updates", "square", "table", "fc", "",
    ] + Layout.allCases.map(\.rawValue)
}

// MARK: The tensors that a description may name

extension DescriptionTarget {
  /// Three inputs and four units in every layout, and layers to go before and behind.
  private static let tensors: TensorFile = {
    let (inputs, units, gates) = (3, 4, 12)
    let shapes: [(String, [Int])] = [
      ("pytorch.weight_ih_l0", [gates, inputs]), ("pytorch.weight_hh_l0", [gates, units]),
      ("pytorch.bias_ih_l0", [gates]), ("pytorch.bias_hh_l0", [gates]),
      ("pytorch.weight_ih_l1", [gates, units]), ("pytorch.weight_hh_l1", [gates, units]),
      ("pytorch_cell.weight_ih", [gates, inputs]), ("pytorch_cell.weight_hh", [gates, units]),
      ("keras.kernel", [inputs, gates]), ("keras.recurrent_kernel", [units, gates]),
      ("keras.bias", [2, gates]), ("onnx.W", [1, gates, inputs]), ("onnx.R", [1, gates, units]),
      ("onnx.B", [1, 2 * gates]), ("flax_nnx.dense_i.kernel", [inputs, gates]),
      ("flax_nnx.dense_h.kernel", [units, gates]), ("equinox.weight_ih", [gates, inputs]),
      ("equinox.weight_hh", [gates, units]), ("equinox.bias", [gates]),
      ("equinox.bias_n", [units]), ("haiku.w_i", [inputs, gates]), ("haiku.w_h", [units, gates]),
      ("haiku.b", [gates]), ("tf1.w_ru", [inputs + units, 2 * units]),
      ("tf1.w_c", [inputs + units, units]), ("matlab.InputWeights", [gates, inputs]),
      ("matlab.RecurrentWeights", [gates, units]), ("matlab.Bias", [2 * gates]),
      ("square.weight", [inputs, inputs]), ("fc.weight", [2, units]), ("fc.bias", [2]),
      ("table.weight", [6, inputs]),
    ]
    let linen =
      ["ir", "iz", "in"].map { ("flax_linen.\($0).kernel", [inputs, units]) }
      + ["hr", "hz", "hn"].map { ("flax_linen.\($0).kernel", [units, units]) }
    let builder = SafetensorsBuilder(
      (shapes + linen).map { ($0, $1, Array(repeating: 0.5, count: $1.reduce(1, *))) })
    do throws(InputError) {
      return try TensorFile(InputFile(name: "/nowhere/model", bytes: builder.data))
    } catch {
      fail(error.description)
    }
  }()
}

extension JSON {
  fileprivate var holdsFiniteNumbers: Bool {
    switch self {
    case .number: double != nil
    case .array(let values): values.allSatisfy(\.holdsFiniteNumbers)
    case .object(let members): members.allSatisfy(\.value.holdsFiniteNumbers)
    default: true
    }
  }

  /// Whether Foundation's reading is the same.
  fileprivate func equals(_ object: Any) -> Bool {
    switch self {
    case .null: return object is NSNull
    case .bool(let value): return object as? Bool == value
    case .number:
      // Foundation takes long numbers through a decimal of 38 digits.
      guard let double, let other = (object as? NSNumber)?.doubleValue else { return false }
      return abs(double - other) <= 1e-12 * abs(double)
    case .string(let text): return object as? String == text
    case .array(let values):
      guard let others = object as? [Any], others.count == values.count else { return false }
      return zip(values, others).allSatisfy { $0.equals($1) }
    case .object(let members):
      guard let others = object as? [String: Any], others.count == members.count else {
        return false
      }
      return members.allSatisfy { member in others[member.key].map(member.value.equals) ?? false }
    }
  }
}

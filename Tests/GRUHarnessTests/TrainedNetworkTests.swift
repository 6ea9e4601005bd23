import FloatGRU
import Foundation
import GRUHarness
import GRUQuantizer
import GRUSearch
import ModelFiles
import TestSupport
import Testing

/// Trained networks, measured from the header that was emitted for them.
@Suite("Trained networks") struct TrainedNetworkTests {
  /// What `gru validate` reports on the emitted header.
  private func validate(
    _ folder: URL, labels: Bool = false, outputs: Bool = true,
    widths: Widths = .init(all: .int8)
  ) throws -> Validation {
    let kit = try Kit(folder)
    let (comparison, header) = try kit.comparison(widths) { header in
      try Expectations(
        labels: labels ? Labels(kit.array("labels"), of: header, over: kit.inputs) : nil,
        hidden: .hiddenStates(kit.array("hidden"), of: header, over: kit.inputs),
        output: outputs ? .outputs(kit.array("outputs"), of: header, over: kit.inputs) : nil)
    }
    return Validation(of: comparison, header)
  }

  /// dB of the hidden state that widths must keep.
  fileprivate struct Floor: CustomTestStringConvertible, Sendable {
    var folder: String
    var widths: Widths
    var sqnr: Double

    var testDescription: String {
      "\(folder), W \(widths.input), U \(widths.recurrent): \(sqnr) dB"
    }

    static let bundled = [
      Floor(folder: "japanese_vowels", widths: .init(all: .int8), sqnr: 54),
      Floor(
        folder: "japanese_vowels", widths: .init(input: .int8, recurrent: .int16), sqnr: 56),
      Floor(folder: "japanese_vowels", widths: .init(all: .int16), sqnr: 82),
    ]
    static let shared =
      [
        Floor(folder: "centaur_gru8", widths: .init(all: .int8), sqnr: 48),
        Floor(folder: "centaur_gru8", widths: .init(input: .int8, recurrent: .int16), sqnr: 62),
        Floor(folder: "centaur_gru8", widths: .init(all: .int16), sqnr: 70),
        Floor(folder: "opus_music_v13", widths: .init(all: .int8), sqnr: 61),
        Floor(folder: "opus_music_v13", widths: .init(all: .int16), sqnr: 68),
      ]
      + ["vad_gru", "noise_gru", "denoise_gru"].flatMap { name in
        [
          Floor(folder: "rnnoise_v01/\(name)", widths: .init(all: .int8), sqnr: 52),
          Floor(folder: "rnnoise_v01/\(name)", widths: .init(all: .int16), sqnr: 56),
        ]
      }
  }

  @Test("the bundled network keeps its accuracy", arguments: Floor.bundled)
  fileprivate func bundled(_ floor: Floor) throws {
    let result = try validate(Folders.japaneseVowels, labels: true, widths: floor.widths)
    #expect(result.layers[0].hidden.sqnr! >= floor.sqnr)
    let task = try #require(result.task)
    #expect(abs(task.accuracyFloat - 0.957) < 0.0005)
    #expect(abs(task.accuracyFixed - task.accuracyFloat) <= 0.005)
    #expect(result.reference!.hidden! < 1e-5 && result.reference!.output! < 1e-5)
    #expect(result.layers[0].saturations.input == 0)
  }

  @Test("the example that streams keeps its accuracy at every step")
  func activity() throws {
    let result = try validate(Folders.activity, labels: true)
    #expect(result.layers[0].hidden.sqnr! >= 51)
    let task = try #require(result.task)
    #expect(abs(task.accuracyFloat - 0.9058) < 0.0005)
    #expect(abs(task.accuracyFixed - task.accuracyFloat) <= 0.005)
    #expect(result.reference!.hidden! < 1e-5 && result.reference!.output! < 1e-5)
    #expect(result.layers[0].saturations.input == 0)
  }

  @Test(
    "networks of others keep their accuracy, and float is within 10⁻⁵ of others' run",
    .enabled(if: Folders.sharedModel("rnnoise_v01") != nil, "the shared models are absent"),
    arguments: Floor.shared)
  fileprivate func shared(_ floor: Floor) throws {
    let folder = try #require(Folders.sharedModel(floor.folder))
    let isWhole = !floor.folder.hasPrefix("rnnoise")
    let result = try validate(folder, outputs: isWhole, widths: floor.widths)
    #expect(result.layers[0].hidden.sqnr! >= floor.sqnr)
    #expect(result.reference!.hidden! < 1e-5)
    #expect(isWhole ? result.reference!.output! < 1e-5 : true)
    #expect(result.layers[0].saturations.state == 0)
  }

  @Test(
    "Opus and RNNoise decide as in float in at least 99.9 % of steps",
    .enabled(if: Folders.sharedModel("rnnoise_v01") != nil, "the shared models are absent"))
  func decisions() throws {
    let opus = try validate(try #require(Folders.sharedModel("opus_music_v13")))
    #expect(opus.output.agreement! >= 0.999)

    let folder = try #require(Folders.sharedModel("rnnoise_v01"))
    let voice = """
      {"format": 1, "layers": [
        {"kind": "gru", "tensors": "vad_gru", "reset": "before", "candidate": "relu"},
        {"kind": "dense", "tensors": "vad_output", "activation": "sigmoid"}]}
      """
    try Folders.withTemporary { temporary in
      let description = temporary.appendingPathComponent("network.json")
      try voice.write(to: description, atomically: true, encoding: .utf8)
      let network = try Network(
        model: folder.appendingPathComponent("model.safetensors").path,
        description: description.path)
      func data(_ name: String) throws -> Sequences {
        try Sequences(path: folder.appendingPathComponent("vad_gru/\(name).npy").path)
      }
      let calibration = try data("calibration")
      let quantizer = try Quantizer(network, calibration: calibration, name: "vad")
      let header = try Search(quantizer, calibration: calibration).best(.init(all: .int8)).network
      let comparison = try Comparison(network, header, over: data("inputs"))
      #expect(Validation(of: comparison, header).output.agreement! >= 0.999)
    }
  }

  @Test("characters: 1,000 greedy characters are the same in float and fixed point")
  func characters() throws {
    func path(_ name: String) -> String {
      Folders.characters.appendingPathComponent(name).path
    }
    let result = try validate(Folders.characters)
    #expect(result.reference!.hidden! < 1e-5 && result.reference!.output! < 1e-5)
    let network = try Network(model: path("model.safetensors"))
    let quantized = try Quantized.network(
      network, calibration: Sequences(path: path("calibration.npy")))
    #expect(quantized.readsTokens && quantized[cell: 0].input.reset.multipliers.isEmpty)
    let expected = try Sequences(path: path("inputs.npy")).sequences[0].values.map { Int($0) }

    let fixed = try RuntimeInstance(RuntimeModel(quantized))
    var text = Array(expected.prefix(8))
    for step in 0..<999 {
      let logits = try fixed.step(.token(text[step]))
      let next = logits.indices.max { logits[$0] < logits[$1] }!
      if step + 1 >= text.count { text.append(next) }
    }
    #expect(text == expected)
  }
}

@Suite("Validation") struct ValidationTests {
  private func comparison() throws -> (Comparison, QuantizedNetwork) {
    let network = RandomNetworks.network(inputs: 2, hidden: [4], outputs: 3, seed: 1)
    let data = RandomNetworks.inputs(width: 2, steps: 40, seed: 2)
    let quantized = try Quantized.network(network, calibration: data)
    return (try Comparison(network, quantized, over: data), quantized)
  }

  @Test("each limit that is exceeded is named, those that hold are not")
  func limits() throws {
    let (comparison, quantized) = try comparison()
    func failures(_ limits: Validation.Limits) -> [String] {
      Validation(of: comparison, quantized, limits: limits).failures
    }
    #expect(failures(.init()) == [])
    #expect(failures(.init(maximumError: 0.5, minimumSQNR: 10, minimumAgreement: 0.5)) == [])
    #expect(
      failures(.init(maximumError: 1e-6)).first?.hasPrefix("largest hidden error ") == true)
    #expect(failures(.init(minimumSQNR: 200)).first?.contains("SQNR") == true)
    #expect(
      failures(.init(minimumAgreement: 1.1)).first?.contains("of decisions are equal") == true)
    #expect(!Validation(of: comparison, quantized, limits: .init(minimumSQNR: 200)).pass)
  }

  @Test("labels of another shape, of no class, or for separate probabilities are refused")
  func labels() throws {
    let inputs = RandomNetworks.inputs(width: 2, steps: 40, seed: 2)
    var network = try comparison().1
    func message(_ shape: [Int], isInteger: Bool = true, label: Double = 0) -> String? {
      let values = Array(repeating: label, count: shape.reduce(1, *))
      do throws(DataMismatch) {
        let array = NPY(shape: shape, isInteger: isInteger, values: values)
        _ = try Labels(array, of: network, over: inputs)
        return nil
      } catch {
        return error.message
      }
    }
    let expected = ", expected integers of shape [1] or [1, T]"
    #expect(message([2]) == "has integers of shape [2]" + expected)
    #expect(message([1], isInteger: false) == "has floats of shape [1]" + expected)
    #expect(message([1, 39]) == "has shape [1, 39], expected labels of at least 40 steps")
    #expect(message([1], label: 3) == "sequence 0 has the label 3, expected 0 to 2")
    #expect(message([1], label: -1) == "sequence 0 has the label -1, expected 0 to 2")
    #expect(message([1], label: 2) == nil && message([1, 41]) == nil)
    network[dense: network.layers.count - 1].activation = .sigmoid
    #expect(message([1]) == "has classes, but the outputs are separate probabilities")
  }

  @Test("one probability tells two classes apart")
  func twoClasses() throws {
    var network = RandomNetworks.network(inputs: 2, hidden: [4], outputs: 1, seed: 1)
    let data = RandomNetworks.inputs(width: 2, steps: 40, seed: 2)
    var float = FloatNetwork(network)
    let outputs = (0..<40).map { step in
      float.step(data.sequences[0].input(at: step, width: 2)).output[0]
    }
    // The first and the last step lie on different sides.
    let threshold = (outputs[0] + outputs[39]) / 2
    network[dense: 1].bias[0] -= threshold
    network[dense: 1].activation = .sigmoid
    let quantized = try Quantized.network(network, calibration: data)
    let decisions = outputs.map { $0 >= threshold }
    // Every other label is the wrong one.
    let labels = decisions.indices.map { decisions[$0] == ($0 % 2 == 0) ? 1.0 : 0 }
    #expect(Set(labels) == [0, 1])
    func accuracy(_ shape: [Int], _ labels: [Double]) throws -> Double? {
      let array = NPY(shape: shape, isInteger: true, values: labels)
      let known = Expectations(labels: try Labels(array, of: quantized, over: data))
      let comparison = try Comparison(network, quantized, over: data, expecting: known)
      return Validation(of: comparison, quantized).task?.accuracyFloat
    }
    #expect(try accuracy([1, 40], labels) == 0.5)
    // Where only the last step has a label, that step alone counts.
    #expect(try accuracy([1], [labels[39]]) == 0 && accuracy([1], [1 - labels[39]]) == 1)
  }

  @Test("expected values of another shape are refused")
  func shapes() throws {
    let inputs = RandomNetworks.inputs(width: 2, steps: 40, seed: 2)
    let network = try comparison().1
    for shape in [[1, 40, 5], [1, 39, 4], [2, 40, 4]] {
      let array = NPY(shape: shape, values: Array(repeating: 0, count: shape.reduce(1, *)))
      let error = #expect(throws: DataMismatch.self) {
        _ = try ExpectedVectors.hiddenStates(array, of: network, over: inputs)
      }
      #expect(
        try #require(error).message
          == "has shape \(shape), expected [N, T, 4] with N up to 1 and T at least 40")
    }
  }

  @Test("SQNR is 10·log₁₀ of the energies: an error of 1 % of a constant is 40 dB")
  func statistics() {
    var statistics = ErrorStatistics()
    statistics.add([1.01, -0.99], reference: [1, -1])
    #expect(abs(statistics.sqnr! - 40) < 1e-9)
    #expect(abs(statistics.rms - 0.01) < 1e-12 && abs(statistics.maximum - 0.01) < 1e-12)
    var exact = ErrorStatistics()
    exact.add(0.5, reference: 0.5)
    #expect(exact.sqnr == nil)
  }

  @Test("inputs beyond int16 are clipped and counted")
  func clipping() throws {
    let network = QuantizedNetwork(
      name: "c", input: .vector(scales: [0.001], offsets: []), layers: [])
    let (raw, clipped) = network.rawInput([1, -40, 32.767, 33])
    #expect(raw == .vector([1000, -32_768, 32_767, 32_767]))
    #expect(clipped == 2)
  }
}

@Suite("Golden vectors") struct GoldenVectorsTests {
  @Test("they stop at the wanted step, and begin each sequence from a reset")
  func sequences() throws {
    let network = try HeaderRoundTripTests.network()
    let one = RandomNetworks.inputs(width: 3, steps: 5, seed: 1).sequences[0]
    let data = Sequences(width: 3, sequences: [one, one, one])
    let vectors = try GoldenVectors(network, data: data, steps: 12)
    #expect(vectors.steps == 12)
    #expect(vectors.header.contains("sequence_lengths[3] = {\n  5, 5, 2\n}"))
    let first = try GoldenVectors(network, data: Sequences(width: 3, sequences: [one]), steps: 5)
    let hidden = first.header.components(separatedBy: "vectors_hidden[")[1]
      .components(separatedBy: "{\n")[1].prefix(40)
    #expect(vectors.header.contains(hidden))
  }
}

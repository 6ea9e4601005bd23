import Foundation
import GRUHarness
import GRUQuantizer
import ModelFiles
import TestSupport
import Testing

/// Trained networks, measured from the header that was emitted for them.
@Suite("Trained networks") struct TrainedNetworkTests {
  /// Quantizes, writes the header, reads it back and compares it with the float model.
  private func validate(
    _ folder: URL, labels: Bool = false, outputs: Bool = true,
    widths: Quantizer.Widths = .init(all: .int8)
  ) throws -> Validation {
    func path(_ name: String) -> String { folder.appendingPathComponent("\(name).npy").path }
    func ifThere(_ path: String) -> String? {
      FileManager.default.fileExists(atPath: path) ? path : nil
    }
    let model = [folder, folder.deletingLastPathComponent()]
      .map { $0.appendingPathComponent("model.safetensors").path }.compactMap(ifThere)[0]
    let network = try Network(
      model: model, description: folder.appendingPathComponent("network.json").path)
    let calibration = try Sequences(
      path: path("calibration"), lengths: ifThere(path("calibration_lengths")))
    let written = try Quantizer(widths: widths, name: "trained")
      .quantize(network, calibration: calibration)
    let text = HeaderWriter.header(
      for: written, provenance: Provenance(version: "0", command: "", inputs: []), measured: [])
    let header = try QuantizedNetwork(
      header: InputFile(name: "trained_model.h", bytes: Data(text.utf8)))
    let inputs = try Sequences(path: path("inputs"), lengths: ifThere(path("lengths")))
    return try Validation(
      of: Comparison(network, header, over: inputs), header,
      labels: labels ? try NPY(path: path("labels")) : nil,
      expectedHidden: try NPY(path: path("hidden")),
      expectedOutput: outputs ? try NPY(path: path("outputs")) : nil)
  }

  @Test("japanese_vowels, int8: at least 50 dB, and as many speakers known as in float")
  func japaneseVowels() throws {
    let result = try validate(
      Folders.japaneseVowels, labels: true)
    #expect(result.layers[0].hidden.sqnr! >= 50)
    let task = try #require(result.task)
    #expect(abs(task.accuracyFloat - 0.957) < 0.0005)
    #expect(abs(task.accuracyFixed - task.accuracyFloat) <= 0.005)
    #expect(result.reference!.hidden! < 1e-5 && result.reference!.output! < 1e-5)
    #expect(result.layers[0].saturations.input == 0)
  }

  @Test("japanese_vowels, int16: at least 82 dB")
  func japaneseVowelsInt16() throws {
    let result = try validate(
      Folders.japaneseVowels, labels: true, widths: .init(all: .int16))
    #expect(result.layers[0].hidden.sqnr! >= 82)
    #expect(result.output.agreement == 1)
  }

  @Test(
    "centaur_gru8, int8: at least 42 dB over 48,000 steps",
    .enabled(if: Folders.sharedModel("centaur_gru8") != nil, "the shared models are absent"))
  func centaur() throws {
    let result = try validate(
      try #require(Folders.sharedModel("centaur_gru8")))
    #expect(result.layers[0].steps == 48_000)
    #expect(result.layers[0].hidden.sqnr! >= 42)
  }

  @Test(
    "opus_music_v13, int8: at least 43 dB; the float model is within 10⁻⁵ of others' run",
    .enabled(if: Folders.sharedModel("opus_music_v13") != nil, "the shared models are absent"))
  func opus() throws {
    let result = try validate(try #require(Folders.sharedModel("opus_music_v13")))
    #expect(result.layers[0].hidden.sqnr! >= 43)
    #expect(result.reference!.hidden! < 1e-5 && result.reference!.output! < 1e-5)
    #expect(result.output.agreement! >= 0.995)
  }

  @Test(
    "rnnoise_v01, int8: at least 38 dB in each of its GRUs; float within 10⁻⁵ of others' run",
    .enabled(if: Folders.sharedModel("rnnoise_v01") != nil, "the shared models are absent"),
    arguments: ["vad_gru", "noise_gru", "denoise_gru"])
  func rnnoise(name: String) throws {
    let folder = try #require(Folders.sharedModel("rnnoise_v01")).appendingPathComponent(name)
    let result = try validate(folder, outputs: false)
    #expect(result.layers[0].hidden.sqnr! >= 38)
    #expect(result.reference!.hidden! < 1e-5)
    #expect(result.layers[0].saturations.state == 0)
  }

  @Test("characters: 1,000 greedy characters are the same in float and fixed point")
  func characters() throws {
    func path(_ name: String) -> String {
      Folders.characters.appendingPathComponent(name).path
    }
    let result = try validate(Folders.characters)
    #expect(result.reference!.hidden! < 1e-5 && result.reference!.output! < 1e-5)
    let network = try Network(model: path("model.safetensors"))
    let quantized = try Quantizer(widths: .init(all: .int8), name: "characters").quantize(
      network, calibration: Sequences(path: path("calibration.npy")))
    #expect(quantized.readsTokens && quantized.layers[0].cell!.input.reset.multipliers.isEmpty)
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
    let quantized = try Quantizer(widths: .init(all: .int8), name: "v")
      .quantize(network, calibration: data)
    return (try Comparison(network, quantized, over: data), quantized)
  }

  @Test("each limit that is exceeded is named, those that hold are not")
  func limits() throws {
    let (comparison, quantized) = try comparison()
    func failures(_ limits: Validation.Limits) throws -> [String] {
      try Validation(of: comparison, quantized, limits: limits).failures
    }
    #expect(try failures(.init()) == [])
    #expect(try failures(.init(maximumError: 0.5, minimumSQNR: 10, minimumAgreement: 0.5)) == [])
    #expect(try failures(.init(maximumError: 1e-6)).first?.contains("largest error") == true)
    #expect(try failures(.init(minimumSQNR: 200)).first?.contains("SQNR") == true)
    #expect(try failures(.init(minimumAgreement: 1.1)).first?.contains("agree") == true)
    #expect(try !Validation(of: comparison, quantized, limits: .init(minimumSQNR: 200)).pass)
  }

  @Test("labels and expected values of another shape are refused")
  func shapes() throws {
    let (comparison, quantized) = try comparison()
    for labels in [
      NPY(shape: [2], isInteger: true, values: [0, 1]),
      NPY(shape: [1, 39], isInteger: true, values: Array(repeating: 0, count: 39)),
      NPY(shape: [1], values: [0]),
    ] {
      #expect(throws: DataMismatch.self) {
        _ = try Validation(of: comparison, quantized, labels: labels)
      }
    }
    for shape in [[1, 40, 5], [1, 39, 4], [2, 40, 4]] {
      let wrong = NPY(shape: shape, values: Array(repeating: 0, count: shape.reduce(1, *)))
      #expect(throws: DataMismatch.self) {
        _ = try Validation(of: comparison, quantized, expectedHidden: wrong)
      }
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

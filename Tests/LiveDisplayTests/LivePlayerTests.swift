import CGRU
import Foundation
import GRUHarness
import GRUQuantizer
import GRURuntime
import LiveDisplay
import ModelFiles
import TestSupport
import Testing

@Suite("Live player") struct LivePlayerTests {
  /// Six one-hot tokens and as many outputs.
  private func tokens() throws -> QuantizedNetwork {
    var network = RandomNetworks.network(
      inputs: 6, hidden: [8], outputs: 6, seed: 4, weightRange: 3)
    network.input = .tokens
    return try Quantized.network(
      network,
      calibration: Sequences(
        width: 1, isTokens: true,
        sequences: [.init(values: (0..<60).map { Double($0 * $0 % 6) }, steps: 60)]))
  }

  @Test("a network that goes on by itself is fed what it found likeliest")
  func recital() throws {
    func path(_ name: String) -> String {
      Folders.characters.appendingPathComponent(name).path
    }
    let network = try Quantized.network(
      Network(model: path("model.safetensors")),
      calibration: Sequences(path: path("calibration.npy")))
    // What the float network recited, fed its own likeliest token from the eighth on.
    let recited = try NPY(path: path("inputs.npy")).values
    let names = (0..<network.outputSize).map { "\($0) " }
    let recording = LiveRecording(
      network, inputs: recited.prefix(8).map { [$0] }, classes: names, truth: nil, rate: 1,
      freeSteps: recited.count - 8)
    #expect(try recording.text() == recited.map { names[Int($0)] }.joined() + "\n")
  }

  /// What opening a recording of `network` throws after a change.
  private func error(
    _ network: QuantizedNetwork, _ change: (inout gru_recording_t) -> Void
  ) throws -> GRUError? {
    let model = try RuntimeModel(network, layout: nil)
    let state = UnsafeMutableRawBufferPointer.allocate(
      byteCount: network.stateSize, alignment: 4)
    let scratch = UnsafeMutableRawBufferPointer.allocate(
      byteCount: network.scratchSize, alignment: 4)
    let output = UnsafeMutablePointer<Int32>.allocate(capacity: network.outputSize)
    let probabilities = UnsafeMutablePointer<UInt16>.allocate(capacity: network.outputSize)
    defer {
      state.deallocate()
      scratch.deallocate()
      output.deallocate()
      probabilities.deallocate()
    }
    var recording = gru_recording_t(
      steps: 3, free_steps: 0, rate: 1, model_crc32: network.checksum,
      input_size: network.readsTokens ? 1 : UInt16(network.inputSize),
      class_count: UInt16(network.outputSize), inputs: nil, truth: nil, classes: nil)
    change(&recording)
    let gru = try GRU(model.model, state: state, scratch: scratch)
    do throws(GRUError) {
      _ = try LivePlayer(gru, recording, output: output, probabilities: probabilities)
      return nil
    } catch {
      return error
    }
  }

  @Test("a recording of another model, or of other sizes, is refused")
  func refused() throws {
    let vectors = try Quantized.network(
      RandomNetworks.network(inputs: 3, hidden: [4], outputs: 2, seed: 1),
      calibration: RandomNetworks.inputs(width: 3, steps: 70, seed: 1))
    let tokens = try tokens()
    #expect(try error(vectors) { _ in } == nil)
    #expect(try error(tokens) { $0.free_steps = 1 } == nil)
    #expect(try error(vectors) { $0.model_crc32 ^= 1 } == .checksum)
    #expect(try error(vectors) { $0.input_size = 1 } == .inputCount)
    #expect(try error(tokens) { $0.input_size = 6 } == .inputCount)
    #expect(try error(vectors) { $0.class_count = 3 } == .outputCount)
    #expect(try error(vectors) { $0.rate = 0 } == .shape)
    #expect(try error(vectors) { $0.steps = 0 } == .shape)
    #expect(try error(vectors) { $0.free_steps = 1 } == .shape)
  }
}

import CGRU
import GRUHarness
import GRUQuantizer
import GRURuntime
import ModelFiles
import TestSupport
import Testing

@Suite("Tokens") struct TokenTests {
  /// An embedding of 40 tokens, then a GRU.
  private func instance() throws -> RuntimeInstance {
    var network = RandomNetworks.network(inputs: 3, hidden: [4], outputs: 2, seed: 1)
    let table = RealMatrix(rows: 40, columns: 3, values: (0..<120).map { Double($0 % 7) / 7 - 0.4 })
    network.layers.insert(.embedding(EmbeddingLayer(name: "emb", table: table)), at: 0)
    network.input = .tokens
    let calibration = Sequences(
      width: 1, isTokens: true, sequences: [.init(values: [0, 39, 5], steps: 3)])
    return try RuntimeInstance(
      RuntimeModel(
        Quantized.network(network, calibration: calibration))
    )
  }

  @Test("tokens out of range and vectors are refused, and nothing changes")
  func refused() throws {
    let instance = try instance()
    _ = try instance.step(.token(39))
    let state = instance.stateBytes
    for token in [40, -1, .max] {
      #expect(throws: GRUError.token) { _ = try instance.step(.token(token)) }
    }
    #expect(throws: GRUError.inputCount) { _ = try instance.step([1]) }
    #expect(instance.stateBytes == state)

    let vectors = try RuntimeInstance(
      RuntimeModel(quantizedNetwork(inputs: 3, hidden: [2], seed: 1)))
    #expect(throws: GRUError.token) { _ = try vectors.step(.token(0)) }
  }

  @Test("C steps tokens as Swift does, and names the same errors")
  func cInterface() throws {
    let instance = try instance()
    var raw = instance.model.model.raw
    var (state, scratch) = ([UInt32](repeating: 9, count: 8), [UInt32](repeating: 9, count: 8))
    var handle = gru_t()
    try withUnsafePointer(to: &raw) { raw in
      try state.withUnsafeMutableBytes { state in
        try scratch.withUnsafeMutableBytes { scratch in
          #expect(gru_open(&handle, raw, state.baseAddress, 32, scratch.baseAddress, 32) == GRU_OK)
          for token in [UInt32(3), 0, 39] {
            var output: [Int32] = [0, 0]
            #expect(gru_step_token(&handle, token, &output, 2) == GRU_OK)
            let expected = try instance.step(.token(Int(token)))
            #expect(expected == output)
          }
          var output: [Int32] = [5, 5]
          #expect(gru_step_token(&handle, 40, &output, 2) == GRU_TOKEN)
          #expect(gru_step_token(&handle, 1, &output, 1) == GRU_OUTPUT_COUNT)
          #expect(gru_step_token(nil, 1, &output, 2) == GRU_NULL_POINTER)
          #expect(gru_step(&handle, [1], 1, &output, 2) == GRU_INPUT_COUNT)
          output.withUnsafeMutableBytes { bytes in
            let odd = (bytes.baseAddress! + 2).assumingMemoryBound(to: Int32.self)
            #expect(gru_step_token(&handle, 1, odd, 2) == GRU_ALIGNMENT)
          }
          #expect(output == [5, 5])
        }
      }
    }
  }
}

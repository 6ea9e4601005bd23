import CGRU
import GRUHarness
import GRURuntime
import TestSupport
import Testing

/// gru.h, called as C calls it.
@Suite("C interface") struct CInterfaceTests {
  /// An open handle over a random network, with guard words around its memory.
  private func withHandle(_ body: (UnsafeMutablePointer<gru_t>, RuntimeModel) throws -> Void) throws
  {
    let network = try quantizedNetwork(inputs: 3, hidden: [5], outputs: 2, seed: 1)
    let model = try RuntimeModel(network)
    var raw = model.model.raw
    var handle = gru_t()
    var memory = [UInt32](repeating: 0xDEAD_BEEF, count: 10)
    try withUnsafePointer(to: &raw) { raw in
      try memory.withUnsafeMutableBytes { memory in
        let status = gru_open(
          &handle, raw, memory.baseAddress! + 4, gru_state_size(raw),
          memory.baseAddress! + 24, gru_scratch_size(raw))
        #expect(status == GRU_OK)
        try withUnsafeMutablePointer(to: &handle) { try body($0, model) }
      }
    }
    #expect(memory[0] == 0xDEAD_BEEF && memory[4] == 0xDEAD_BEEF && memory[5] == 0xDEAD_BEEF)
    #expect(memory[9] == 0xDEAD_BEEF)
  }

  @Test("steps equal those of the Swift interface, to the bit")
  func equality() throws {
    try withHandle { handle, model in
      let swift = try RuntimeInstance(model)
      for input in rawInputs(3, steps: 50, seed: 1) {
        var output: [Int32] = [0, 0]
        #expect(gru_step(handle, input, 3, &output, 2) == GRU_OK)
        #expect(try swift.step(input) == output)
        let hidden = try #require(gru_hidden(handle, 0))
        #expect(Array(UnsafeBufferPointer(start: hidden, count: 5)) == swift.hidden)
      }
      #expect(gru_hidden(handle, 1) == nil)
      #expect(gru_hidden(handle, 9) == nil)
      #expect(gru_reset(handle) == GRU_OK)
      #expect(gru_hidden(handle, 0)?[0] == 0)
      #expect(gru_check(handle.pointee.model) == GRU_OK)
    }
  }

  @Test("an output may be absent, where only the state counts")
  func noOutput() throws {
    try withHandle { handle, _ in
      #expect(gru_step(handle, [100, 200, 300], 3, nil, 0) == GRU_OK)
      #expect(gru_hidden(handle, 0)?[0] != 0)
    }
  }

  @Test("wrong lengths and null pointers have an error code, and nothing is written")
  func misuse() throws {
    try withHandle { handle, model in
      let input: [Int16] = [1, 2, 3, 4]
      var output: [Int32] = [7, 7, 7]
      #expect(gru_step(nil, input, 3, &output, 2) == GRU_NULL_POINTER)
      #expect(gru_step(handle, nil, 3, &output, 2) == GRU_NULL_POINTER)
      #expect(gru_step(handle, input, 2, &output, 2) == GRU_INPUT_COUNT)
      #expect(gru_step(handle, input, 4, &output, 2) == GRU_INPUT_COUNT)
      #expect(gru_step(handle, input, 3, &output, 1) == GRU_OUTPUT_COUNT)
      #expect(gru_step(handle, input, 3, &output, 3) == GRU_OUTPUT_COUNT)
      #expect(gru_step(handle, input, 3, nil, 2) == GRU_OUTPUT_COUNT)
      input.withUnsafeBytes { bytes in
        let odd = (bytes.baseAddress! + 1).assumingMemoryBound(to: Int16.self)
        #expect(gru_step(handle, odd, 3, &output, 2) == GRU_ALIGNMENT)
      }
      output.withUnsafeMutableBytes { bytes in
        for offset in 1...3 {
          let odd = (bytes.baseAddress! + offset).assumingMemoryBound(to: Int32.self)
          #expect(gru_step(handle, input, 3, odd, 2) == GRU_ALIGNMENT)
        }
      }
      #expect(output == [7, 7, 7])
      #expect(gru_hidden(handle, 0)?[0] == 0)
      #expect(gru_reset(nil) == GRU_NULL_POINTER)
      #expect(gru_check(nil) == GRU_NULL_POINTER)
      #expect(gru_hidden(nil, 0) == nil)
      #expect((gru_state_size(nil), gru_scratch_size(nil), gru_saved_size(nil)) == (0, 0, 0))
      #expect(gru_step_token(nil, 0, &output, 2) == GRU_NULL_POINTER)
      #expect(gru_step_token(handle, 0, &output, 2) == GRU_TOKEN)

      var closed = gru_t()
      #expect(gru_step(&closed, input, 3, &output, 2) == GRU_NULL_POINTER)
      var (state, scratch): ([UInt32], [UInt32]) = ([0, 0, 0], [0, 0, 0])
      let raw = handle.pointee.model
      #expect(gru_open(&closed, nil, &state, 12, &scratch, 12) == GRU_NULL_POINTER)
      #expect(gru_open(&closed, raw, nil, 12, &scratch, 12) == GRU_NULL_POINTER)
      #expect(gru_open(&closed, raw, &state, 11, &scratch, 12) == GRU_STATE_SIZE)
      #expect(gru_open(&closed, raw, &state, 12, &scratch, 11) == GRU_SCRATCH_SIZE)
      #expect(closed.model == nil)
    }
  }

  @Test("a saved state is restored, and goes on to the bit")
  func saving() throws {
    try withHandle { handle, model in
      let size = gru_saved_size(handle.pointee.model)
      #expect(Int(size) == model.model.savedSize)
      let inputs = rawInputs(3, steps: 20, seed: 1)
      func steps(_ range: Range<Int>) -> [[Int32]] {
        inputs[range].map { input in
          var output: [Int32] = [0, 0]
          #expect(gru_step(handle, input, 3, &output, 2) == GRU_OK)
          return output
        }
      }
      _ = steps(0..<10)
      var saved = [UInt8](repeating: 0x5A, count: Int(size) + 1)
      #expect(gru_save(handle, &saved, size) == GRU_OK)
      #expect(saved.last == 0x5A && saved.prefix(3) == Array("GRU".utf8)[...])
      let expected = steps(10..<20)
      #expect(gru_reset(handle) == GRU_OK)
      #expect(gru_restore(handle, saved, size) == GRU_OK)
      #expect(steps(10..<20) == expected)
    }
  }

  @Test("what cannot be saved or restored has an error code, and nothing is written")
  func savingMisuse() throws {
    try withHandle { handle, _ in
      let size = gru_saved_size(handle.pointee.model)
      var saved = [UInt8](repeating: 0x5A, count: Int(size))
      #expect(gru_save(nil, &saved, size) == GRU_NULL_POINTER)
      #expect(gru_save(handle, nil, size) == GRU_NULL_POINTER)
      #expect(gru_save(handle, &saved, size - 1) == GRU_SAVED_SIZE)
      #expect(saved.allSatisfy { $0 == 0x5A })
      #expect(gru_restore(handle, saved, size) == GRU_SAVED_STATE)
      #expect(gru_save(handle, &saved, size) == GRU_OK)
      #expect(gru_restore(nil, saved, size) == GRU_NULL_POINTER)
      #expect(gru_restore(handle, nil, size) == GRU_NULL_POINTER)
      #expect(gru_restore(handle, saved, size - 1) == GRU_SAVED_SIZE)
      #expect(gru_restore(handle, saved, size + 1) == GRU_OK)
    }
  }

  @Test("argmax is the first of the largest")
  func largest() {
    #expect(gru_argmax([1, 5, 5, -3], 4) == 1)
    #expect(gru_argmax([-7], 1) == 0)
    #expect(gru_argmax([.min, .max], 2) == 1)
    #expect(gru_argmax(nil, 4) == 0)
    #expect(argmax([1, 5, 5, -3].span) == 1)
    #expect(argmax([Int32]().span) == 0)
  }

  @Test("every Swift error has the code of its C name")
  func codes() {
    let pairs: [(GRUError, gru_status_t)] = [
      (.nullPointer, GRU_NULL_POINTER), (.version, GRU_VERSION), (.unsupported, GRU_UNSUPPORTED),
      (.shape, GRU_SHAPE), (.alignment, GRU_ALIGNMENT), (.stateSize, GRU_STATE_SIZE),
      (.scratchSize, GRU_SCRATCH_SIZE), (.inputCount, GRU_INPUT_COUNT),
      (.outputCount, GRU_OUTPUT_COUNT), (.checksum, GRU_CHECKSUM), (.token, GRU_TOKEN),
      (.savedSize, GRU_SAVED_SIZE), (.savedState, GRU_SAVED_STATE), (.savedModel, GRU_SAVED_MODEL),
    ]
    for (error, status) in pairs { #expect(error.rawValue == status.rawValue) }
    #expect(GRUError(rawValue: UInt32(pairs.count + 1)) == nil)
  }

  @Test("the version's text is made of its numbers")
  func version() {
    #expect(
      GRU_VERSION_STRING == "\(GRU_VERSION_MAJOR).\(GRU_VERSION_MINOR).\(GRU_VERSION_PATCH)")
  }
}

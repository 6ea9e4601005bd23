import CGRU
import FloatGRU
import GRUHarness
import GRUQuantizer
import GRURuntime
import ModelFiles
import TestSupport
import Testing

/// What happens to a product in the field: damaged flash, any bits as state, memory used twice.
@Suite("Damage") struct DamageTests {
  /// A network with everything that a checksum covers: tokens, an initial state, a dense layer.
  private func network(readsTokens: Bool) throws -> QuantizedNetwork {
    var seed: UInt64 = 0
    while true {
      var random = RandomIntegers(seed: seed, isExtreme: false)
      let network = random.network(largest: 5)
      let hasDense = network.layers.last?.dense != nil
      if network.readsTokens == readsTokens, hasDense,
        network.cells.contains(where: { $0.initialState != nil })
      {
        return network
      }
      seed += 1
    }
  }

  @Test("every flipped bit of every constant is noticed", arguments: [false, true])
  func flippedBits(readsTokens: Bool) throws {
    let network = try network(readsTokens: readsTokens)
    let model = try RuntimeModel(network, layout: nil)
    try model.model.verify()
    var noticed = 0
    func flip(_ start: UnsafeRawPointer?, bytes: Int) {
      guard let start = UnsafeMutableRawPointer(mutating: start) else { return }
      for bit in 0..<8 * bytes {
        let byte = start.assumingMemoryBound(to: UInt8.self) + bit / 8
        byte.pointee ^= 1 << (bit % 8)
        #expect(throws: GRUError.checksum) { try model.model.verify() }
        byte.pointee ^= 1 << (bit % 8)
        noticed += 1
      }
    }
    for (index, layer) in network.layers.enumerated() {
      let raw = model.model.raw.layers[index]
      switch layer {
      case .embedding(let embedding):
        flip(raw.embedding.pointee.rows, bytes: 2 * embedding.rows.count)
      case .cell(let cell):
        flip(raw.cell.pointee.weights, bytes: 4 * cell.stream.weights.count)
        flip(raw.cell.pointee.rows, bytes: 4 * cell.stream.rows.count)
        flip(raw.cell.pointee.tokens, bytes: 2 * cell.stream.tokens.count)
        flip(raw.cell.pointee.initial_state, bytes: 2 * (cell.initialState?.count ?? 0))
      case .dense(let dense):
        flip(raw.dense.pointee.weights, bytes: 4 * dense.stream.weights.count)
        flip(raw.dense.pointee.rows, bytes: 4 * dense.stream.rows.count)
      }
    }
    #expect(noticed > 1_000)
    try model.model.verify()
  }

  @Test("all 65,536 states of a unit: the next one is that of the float model started there")
  func everyState() throws {
    for (seed, carryBits) in [(UInt64(1), 0), (2, 8)] {
      let network = try quantizedNetwork(inputs: 1, hidden: [1], carryBits: carryBits, seed: seed)
      let scales = network.inputScales
      let scale = Double(scales[0])
      var layer = GRULayer(dequantizing: network.cells[0], inputScale: scale)
      let instance = try RuntimeInstance(RuntimeModel(network))
      var farthest = 0.0
      for state in Int16.min ... .max {
        let bits = UInt16(bitPattern: state)
        var bytes = instance.stateBytes
        (bytes[0], bytes[1]) = (UInt8(truncatingIfNeeded: bits), UInt8(bits >> 8))
        instance.stateBytes = bytes
        let input: [Int16] = [.max, .min, 1_000][Int(bits) % 3...Int(bits) % 3].map { $0 }
        _ = try instance.step(input)
        layer.initialState = [Double(state) * 0x1p-15]
        var float = FloatNetwork(Network(layers: [.gru(layer)]))
        let exact = 32_768 * float.step([Double(input[0]) * scale]).output[0]
        farthest = max(farthest, abs(Double(instance.hidden[0]) - exact))
      }
      // Two gates, a candidate and a blend, each within a unit of 2⁻¹⁵.
      #expect(farthest <= 4)
    }
  }

  @Test("states of any bits come back to the course of the float model started there")
  func returns() throws {
    let network = try quantizedNetwork(inputs: 3, hidden: [8], carryBits: 8, seed: 9)
    let scales = network.inputScales
    let scale = Double(scales[0])
    var layer = GRULayer(dequantizing: network.cells[0], inputScale: scale)
    var random = RandomIntegers(seed: 3, isExtreme: false)
    for _ in 0..<20 {
      let instance = try RuntimeInstance(RuntimeModel(network))
      instance.stateBytes = random.bytes(instance.stateBytes.count)
      layer.initialState = instance.hidden.map { Double($0) * 0x1p-15 }
      var float = FloatNetwork(Network(layers: [.gru(layer)]))
      for _ in 0..<200 {
        let input = random.input(for: network).map { $0 / 4 }
        _ = try instance.step(input)
        let exact = float.step(input.map { Double($0) * scale }).output
        for (raw, exact) in zip(instance.hidden, exact) {
          #expect(abs(Double(raw) - 32_768 * exact) <= 16)
        }
      }
    }
  }

  @Test("the hidden state itself may be the input: it is read before it is written")
  func aliasing() throws {
    for seed in 0..<20 {
      let network = try quantizedNetwork(
        inputs: 6, hidden: [6, 4], outputs: 2, carryBits: seed % 2 * 8, seed: UInt64(seed))
      let model = try RuntimeModel(network)
      let (state, scratch) = (
        UnsafeMutableRawBufferPointer.allocate(byteCount: model.model.stateSize, alignment: 4),
        UnsafeMutableRawBufferPointer.allocate(byteCount: model.model.scratchSize, alignment: 4)
      )
      defer {
        state.deallocate()
        scratch.deallocate()
      }
      let gru = try GRU(model.model, state: state, scratch: scratch)
      let apart = try RuntimeInstance(model)
      var random = RandomIntegers(seed: UInt64(seed), isExtreme: false)
      let bytes = random.bytes(state.count)
      state.copyBytes(from: bytes)
      apart.stateBytes = bytes
      for _ in 0..<50 {
        let copied = apart.hidden(ofLayer: 0)
        var output: [Int32] = [0, 0]
        var span = output.mutableSpan
        let hidden = UnsafeBufferPointer(start: gru.hidden(ofLayer: 0), count: 6)
        try gru.step(Span(_unsafeElements: hidden), output: &span)
        #expect(try output == apart.step(copied))
        #expect(Array(state) == apart.stateBytes)
      }
    }
  }
}

import CGRU
import GRUHarness
import GRURuntime
import TestSupport
import Testing

/// Saving and restoring through the Swift interface; Tests/C/interface.c does it through C's.
@Suite("Saved states") struct SavedStateTests {
  /// An open network on memory of its own.
  private final class Instance {
    private let model: RuntimeModel
    private let memory: UnsafeMutableRawBufferPointer
    let gru: GRU

    init(seed: UInt64) throws {
      model = try RuntimeModel(
        quantizedNetwork(inputs: 3, hidden: [5, 4], outputs: 2, seed: seed))
      let stateSize = model.model.stateSize
      memory = .allocate(byteCount: stateSize + model.model.scratchSize, alignment: 4)
      gru = try GRU(
        model.model, state: .init(rebasing: memory[..<stateSize]),
        scratch: .init(rebasing: memory[stateSize...]))
    }

    deinit { memory.deallocate() }

    func step(_ input: [Int16]) throws -> [Int32] {
      var output: [Int32] = [0, 0]
      var span = output.mutableSpan
      try gru.step(input.span, output: &span)
      return output
    }

    var hidden: [Int16] {
      var hidden: [Int16] = []
      gru.forEachHidden { hidden.append($0) }
      return hidden
    }

    func restore(_ saved: [UInt8]) throws { try gru.restore(from: saved.span.bytes) }

    func saved() throws -> [UInt8] {
      var bytes = [UInt8](repeating: 0x5A, count: gru.model.savedSize + 1)
      var span = bytes.mutableSpan
      var raw = span.mutableBytes
      try gru.save(to: &raw)
      #expect(bytes.popLast() == 0x5A)
      return bytes
    }
  }

  @Test("a restored state goes on as the saved one does")
  func goesOn() throws {
    let (first, second) = (try Instance(seed: 1), try Instance(seed: 1))
    let inputs = rawInputs(3, steps: 40, seed: 1)
    for input in inputs.prefix(20) { _ = try first.step(input) }
    try second.restore(first.saved())
    #expect(second.hidden == first.hidden)
    for input in inputs.suffix(20) { #expect(try first.step(input) == second.step(input)) }
  }

  @Test("the format: mark, model, size, checksum, state")
  func format() throws {
    let instance = try Instance(seed: 1)
    _ = try instance.step([1_000, 2_000, 3_000])
    let saved = try instance.saved()
    let model = instance.gru.model
    func word(_ offset: Int) -> UInt32 {
      saved[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
    #expect(Array(saved.prefix(4)) == Array("GRU".utf8) + [UInt8(GRU_FORMAT_VERSION)])
    #expect(word(4) == model.raw.crc32)
    #expect(word(8) == model.raw.state_size && saved.count == 16 + model.stateSize)
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in saved[..<12] + saved[16...] {
      for bit in 0..<8 {
        crc = crc >> 1 ^ ((crc ^ UInt32(byte >> bit)) & 1 == 1 ? 0xEDB8_8320 : 0)
      }
    }
    #expect(word(12) == ~crc)
    let states = saved[16...].withUnsafeBytes { bytes in
      (0..<5).map { bytes.loadUnaligned(fromByteOffset: 2 * $0, as: Int16.self) }
    }
    #expect(states == Array(instance.hidden.prefix(5)))
  }

  @Test("every changed bit is refused, and the state stays what it was")
  func changedBits() throws {
    let instance = try Instance(seed: 1)
    _ = try instance.step([1_000, 2_000, 3_000])
    let hidden = instance.hidden
    var saved = try instance.saved()
    instance.gru.reset()
    for bit in 0..<8 * saved.count {
      saved[bit / 8] ^= 1 << (bit % 8)
      let error: GRUError = (4..<12).contains(bit / 8) ? .savedModel : .savedState
      #expect(throws: error) { try instance.restore(saved) }
      saved[bit / 8] ^= 1 << (bit % 8)
    }
    #expect(instance.hidden.allSatisfy { $0 == 0 })
    try instance.restore(saved)
    #expect(instance.hidden == hidden)
  }

  @Test("another model's state and short memory are refused")
  func refusals() throws {
    let (instance, other) = (try Instance(seed: 1), try Instance(seed: 2))
    #expect(throws: GRUError.savedModel) { try instance.restore(other.saved()) }
    var short = try Array(instance.saved().dropLast())
    #expect(throws: GRUError.savedSize) { try instance.restore(short) }
    let before = short
    #expect(throws: GRUError.savedSize) {
      var span = short.mutableSpan
      var raw = span.mutableBytes
      try instance.gru.save(to: &raw)
    }
    #expect(short == before)
    #expect(throws: GRUError.savedSize) { try instance.restore([]) }
  }
}

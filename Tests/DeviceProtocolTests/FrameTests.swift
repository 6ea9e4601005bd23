import DeviceProtocol
import TestSupport
import Testing

/// Payloads with all that is special: the marks, what stands for them, both ends of the lengths.
private let payloads: [[UInt8]] = [
  [0xC0, 0xDB, 0xDC, 0xDD, 0x00, 0xFF], [1], [0xDB, 0xDB, 0xC0, 0xC0], Array(0..<12),
]
private let stream = payloads.flatMap { Frames.encoded($0) }

@Suite("Frames") struct FrameTests {
  @Test("every byte comes through, alone and among others, and only ends bound a frame")
  func roundTrip() {
    for byte in UInt8.min ... .max {
      for payload in [[byte], [byte, byte], [7, byte, 9]] {
        let frame = Frames.encoded(payload)
        #expect(Frames.decoded(frame) == [payload])
        #expect(frame.dropFirst().dropLast().allSatisfy { $0 != 0xC0 })
      }
    }
    #expect(Frames.decoded(stream) == payloads)
    #expect(Frames.decoded(Frames.encoded([])) == [])
  }

  @Test("a frame is the one that RFC 1055 and CRC-32 make of its payload")
  func known() {
    // CRC-32 of "123456789" is CBF43926, the check value of every catalogue.
    #expect(
      Frames.encoded(Array("123456789".utf8))
        == [0xC0] + Array("123456789".utf8) + [0x26, 0x39, 0xF4, 0xCB, 0xC0])
    // zlib says 9B22CEED of C0 DB.
    #expect(
      Frames.encoded([0xC0, 0xDB])
        == [0xC0, 0xDB, 0xDC, 0xDB, 0xDD, 0xED, 0xCE, 0x22, 0x9B, 0xC0])
  }

  @Test("any wrong byte costs the frame that it hits, and makes no other frame")
  func corruption() {
    for position in stream.indices {
      for value in UInt8.min ... .max where value != stream[position] {
        var damaged = stream
        damaged[position] = value
        expectAllButOne(damaged, "byte \(position) is \(value)")
      }
    }
  }

  @Test("a byte too many or too few costs at most one frame, and makes no other")
  func insertionAndDeletion() {
    for position in stream.indices {
      var shorter = stream
      shorter.remove(at: position)
      expectAllButOne(shorter, "byte \(position) is lost")
      for value in UInt8.min ... .max {
        var longer = stream
        longer.insert(value, at: position)
        expectAllButOne(longer, "\(value) before byte \(position)")
      }
    }
  }

  @Test("whatever is cut out of a stream, the frames outside come through and no other is made")
  func cuts() {
    for start in stream.indices {
      for end in start...stream.count {
        let rest = Array(stream[..<start] + stream[end...])
        let found = Frames.decoded(rest)
        #expect(isSubsequence(found, of: payloads), "\(start)..<\(end)")
      }
    }
  }

  @Test(
    "noise before, between and after frames makes no frame, and two ends bring the next through")
  func soak() {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<2_000 {
      let noise = (0..<Int.random(in: 0..<300, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      let payload = (0..<Int.random(in: 1..<60, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      #expect(Frames.decoded(noise + Frames.encoded(payload) + noise) == [payload])
    }
  }

  @Test("a frame longer than the memory is damaged, and the next comes through")
  func tooLong() {
    let (short, long) = (Frames.encoded(Array(0..<8)), Frames.encoded(Array(0..<9)))
    #expect(Frames.decoded(long + short, capacity: 12) == [Array(0..<8)])
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 16, alignment: 4)
    defer { memory.deallocate() }
    memory.copyBytes(from: repeatElement(0xEE, count: 16))
    var decoder = FrameDecoder(memory: .init(rebasing: memory[..<12]))
    let events = (long + long).map { decoder.receive($0) }
    #expect(events.filter { $0 != .nothing } == [.damaged, .damaged])
    #expect(memory[12...].allSatisfy { $0 == 0xEE })
    // What fits the memory would be a frame.
    #expect(Frames.decoded(short.dropLast() + [1, 0xC0] + short, capacity: 12) == [Array(0..<8)])
  }

  private func expectAllButOne(_ bytes: [UInt8], _ what: String) {
    let found = Frames.decoded(bytes)
    #expect(found.count >= payloads.count - 1 && isSubsequence(found, of: payloads), "\(what)")
  }

  private func isSubsequence(_ found: [[UInt8]], of sent: [[UInt8]]) -> Bool {
    var rest = sent[...]
    return found.allSatisfy { payload in
      guard let index = rest.firstIndex(of: payload) else { return false }
      rest = rest[(index + 1)...]
      return true
    }
  }
}

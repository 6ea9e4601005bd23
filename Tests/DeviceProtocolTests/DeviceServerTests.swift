import CGRU
import DeviceProtocol
import GRUHarness
import GRURuntime
import TestSupport
import Testing

/// A request as the page on the wire draws it, byte by byte.
private func request(
  _ kind: UInt8, _ body: [UInt8] = [], session: UInt32 = 0xA1B2_C3D4, sequence: UInt32,
  version: UInt8 = 1
) -> [UInt8] {
  func bytes(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> (8 * $0) & 255) } }
  return [version, kind, 0, 0] + bytes(session) + bytes(sequence) + body
}

private let (hello, reset, step, bye): (UInt8, UInt8, UInt8, UInt8) = (1, 2, 3, 4)

@Suite("Device server") struct DeviceServerTests {
  /// Three inputs, five units, two outputs.
  private func device() throws -> SimulatedDevice {
    try SimulatedDevice(
      Quantized.network(
        RandomNetworks.network(inputs: 3, hidden: [5], outputs: 2, seed: 1),
        calibration: RandomNetworks.inputs(width: 3, steps: 16, seed: 1)))
  }

  /// The only reply to a request.
  private func reply(_ device: SimulatedDevice, _ payload: [UInt8]) throws -> [UInt8] {
    let replies = Frames.decoded(device.exchange(Frames.encoded(payload)))
    #expect(replies.count == 1)
    return try #require(replies.first)
  }

  /// Expects a refusal that changes nothing.
  private func expect(
    _ status: UInt16, _ device: SimulatedDevice, _ payload: [UInt8],
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let reply = try reply(device, payload)
    #expect(reply.count == 20 && reply[2] == UInt8(status), sourceLocation: location)
    #expect(reply[1] == payload[1] | 0x80, sourceLocation: location)
    #expect(reply[4..<12] == payload[4..<12], sourceLocation: location)
  }

  @Test("a session from hello to bye has the sizes and numbers that the page gives")
  func session() throws {
    let device = try device()
    let identity = try reply(device, request(hello, sequence: 0))
    #expect(
      identity.prefix(20) == [1, 0x81, 0, 0, 0xD4, 0xC3, 0xB2, 0xA1] + [0, 0, 0, 0]
        + [7, 0, 0, 0] + [0, 0, 0, 0])
    #expect(identity[24..<37] == [0xE8, 3, 0, 0, 5, 0, 0, 0, 3, 0, 2, 0, 0])
    #expect(identity[37...] == Array("t\0desk\0host\0steps\0".utf8)[...])
    let fresh = try reply(device, request(reset, sequence: 1))
    #expect(fresh.count == 20 + 10 && fresh[20...].allSatisfy { $0 == 0 })
    let first = try reply(device, request(step, [0, 9, 0, 9, 0, 9], sequence: 2))
    #expect(first.count == 20 + 4 + 10 + 8 && first[16] == 1 && first[20] == 1)
    #expect(first[24...].contains { $0 != 0 })
    #expect(try reply(device, request(bye, sequence: 3)).count == 20)
    try expect(4, device, request(step, [0, 9, 0, 9, 0, 9], sequence: 4))
  }

  @Test("a request that comes again is answered again, to the byte, and not carried out again")
  func repetition() throws {
    let device = try device()
    var sequence: UInt32 = 0
    let requests: [(UInt8, [UInt8])] = [
      (hello, []), (reset, []), (step, [1, 2, 3, 4, 5, 6]), (bye, []),
    ]
    for (kind, body) in requests {
      let frame = Frames.encoded(request(kind, body, sequence: sequence))
      let reply = device.exchange(frame)
      #expect(Frames.decoded(reply).first?[2] == 0)
      for _ in 0..<3 { #expect(device.exchange(frame) == reply) }
      sequence += 1
    }
    #expect(device.steps == 1)
  }

  @Test("whatever does not follow the last request is refused by name, and changes nothing")
  func refusals() throws {
    let device = try device()
    let input: [UInt8] = [1, 2, 3, 4, 5, 6]
    try expect(4, device, request(step, input, sequence: 0))
    _ = try reply(device, request(hello, sequence: 0))
    _ = try reply(device, request(step, input, sequence: 1))
    try expect(1, device, request(step, input, sequence: 2, version: 2))
    try expect(2, device, request(9, sequence: 2))
    try expect(2, device, request(0, sequence: 2))
    for size in [0, 1, 2, 4, 5] {
      try expect(3, device, request(step, Array(input.prefix(size)), sequence: 2))
    }
    try expect(3, device, request(reset, [0], sequence: 2))
    try expect(4, device, request(step, input, session: 1, sequence: 2))
    for sequence in [0, 1, 3, UInt32.max] {
      try expect(5, device, request(step, [6, 5, 4, 3, 2, 1], sequence: sequence))
    }
    // A greeting of this session that was on its way for long.
    try expect(5, device, request(hello, sequence: 0))
    #expect(device.steps == 1)
    #expect(try reply(device, request(step, input, sequence: 2))[16] == 2)
  }

  @Test("what is too short or too long for a request is not answered")
  func foreign() throws {
    let device = try device()
    for size in [1, 4, 11] {
      #expect(device.exchange(Frames.encoded(Array(repeating: 1, count: size))) == [])
    }
    #expect(
      device.exchange(Frames.encoded(request(step, [1, 2, 3, 4, 5, 6, 7, 8, 9], sequence: 0)))
        == [])
    #expect(try reply(device, request(hello, sequence: 0))[2] == 0)
  }

  @Test("a second host takes the device over, and the first one is told")
  func takeOver() throws {
    let device = try device()
    let input: [UInt8] = [1, 2, 3, 4, 5, 6]
    _ = try reply(device, request(hello, session: 1, sequence: 0))
    let first = try reply(device, request(step, input, session: 1, sequence: 1))
    _ = try reply(device, request(hello, session: 2, sequence: 0))
    try expect(4, device, request(step, input, session: 1, sequence: 2))
    // From a fresh state, though nobody asked for a reset.
    let second = try reply(device, request(step, input, session: 2, sequence: 1))
    #expect(first[16...].dropFirst(8) == second[16...].dropFirst(8))
  }
}

/// gru_device.h, called as C calls it.
@Suite("Device C interface") struct DeviceCInterfaceTests {
  private final class Line { var bytes: [UInt8] = [] }

  private func withHandle(
    _ body: (UnsafeMutablePointer<gru_t>, UnsafeMutablePointer<gru_device_port_t>, Line) throws ->
      Void
  ) throws {
    let model = try RuntimeModel(
      Quantized.network(
        RandomNetworks.network(inputs: 3, hidden: [5], outputs: 2, seed: 1),
        calibration: RandomNetworks.inputs(width: 3, steps: 16, seed: 1)), layout: nil)
    var raw = model.model.raw
    var (state, scratch): ([UInt32], [UInt32]) = ([0, 0, 0], [0, 0, 0])
    try withExtendedLifetime(model) {
      try state.withUnsafeMutableBytes { state in
        try scratch.withUnsafeMutableBytes { scratch in
          try withUnsafePointer(to: &raw) { raw in
            var gru = gru_t()
            #expect(gru_open(&gru, raw, state.baseAddress, 12, scratch.baseAddress, 12) == GRU_OK)
            let line = Line()
            var port = gru_device_port_t(
              context: Unmanaged.passUnretained(line).toOpaque(),
              write: { Unmanaged<Line>.fromOpaque($0!).takeUnretainedValue().bytes.append($1) },
              start: nil, elapsed: nil)
            try withExtendedLifetime(line) { try body(&gru, &port, line) }
          }
        }
      }
    }
  }

  @Test("answers as the Swift server does, within its memory")
  func answers() throws {
    try withHandle { gru, port, line in
      var device = gru_device_t()
      var description = gru_device_description_t()
      // GRU_DEVICE_MEMORY_SIZE(3, 2) is 32.
      var memory = [UInt32](repeating: 0xDEAD_BEEF, count: 9)
      #expect(gru_device_open(&device, gru, &description, port, &memory, 32) == GRU_OK)
      for payload in [request(hello, sequence: 0), request(step, [1, 2, 3, 4, 5, 6], sequence: 1)] {
        for byte in Frames.encoded(payload) { #expect(gru_device_receive(&device, byte) == GRU_OK) }
      }
      let replies = Frames.decoded(line.bytes)
      #expect(replies.count == 2 && replies.allSatisfy { $0[2] == 0 })
      // No texts; a step that nothing timed.
      #expect(replies[0][37...] == [0, 0, 0, 0] && replies[1][20..<24] == [255, 255, 255, 255])
      #expect(memory[8] == 0xDEAD_BEEF)
    }
  }

  @Test("memory that doesn't serve and null pointers have an error code")
  func misuse() throws {
    try withHandle { gru, port, _ in
      var device = gru_device_t()
      var description = gru_device_description_t()
      var memory = [UInt32](repeating: 0, count: 9)
      #expect(gru_device_open(&device, gru, &description, port, &memory, 31) == GRU_SCRATCH_SIZE)
      memory.withUnsafeMutableBytes { memory in
        let status = gru_device_open(&device, gru, &description, port, memory.baseAddress! + 2, 32)
        #expect(status == GRU_ALIGNMENT)
      }
      #expect(gru_device_open(&device, gru, &description, port, nil, 32) == GRU_NULL_POINTER)
      #expect(gru_device_open(nil, gru, &description, port, &memory, 32) == GRU_NULL_POINTER)
      #expect(gru_device_open(&device, nil, &description, port, &memory, 32) == GRU_NULL_POINTER)
      #expect(gru_device_open(&device, gru, nil, port, &memory, 32) == GRU_NULL_POINTER)
      #expect(gru_device_open(&device, gru, &description, nil, &memory, 32) == GRU_NULL_POINTER)
      port.pointee.write = nil
      #expect(gru_device_open(&device, gru, &description, port, &memory, 32) == GRU_NULL_POINTER)
      #expect(gru_device_receive(nil, 0) == GRU_NULL_POINTER)
      var closed = gru_t()
      #expect(
        gru_device_open(&device, &closed, &description, port, &memory, 32) == GRU_NULL_POINTER)
    }
  }

  @Test("the handle has room for the server")
  func room() {
    #expect(MemoryLayout<DeviceServer>.size <= MemoryLayout<gru_device_t>.size)
    #expect(MemoryLayout<DeviceServer>.alignment <= MemoryLayout<gru_device_t>.alignment)
  }
}

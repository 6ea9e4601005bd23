import CGRU
import DeviceProtocol
public import GRUHarness
public import GRUQuantizer
import GRURuntime

/// A device in this process at the end of a noisy line: the very code that runs on a board.
public final class SimulatedDevice: DeviceLine {
  /// How likely each byte is lost, has a bit flipped, or is followed by one that nobody sent.
  public struct Noise: Sendable {
    public var drop: Double
    public var flip: Double
    public var insert: Double

    public init(drop: Double = 0, flip: Double = 0, insert: Double = 0) {
      (self.drop, self.flip, self.insert) = (drop, flip, insert)
    }
  }

  public let name = "simulated"
  public let baud: Int? = nil
  /// Called before a request's bytes, counted from 0, reach the device; what it returns does.
  public var onRequest: (SimulatedDevice, Int, [UInt8]) -> [UInt8] = { $2 }
  /// Changes the payload of a reply, whose checksum is made right again.
  public var tamper: ((_ payload: inout [UInt8], _ request: Int) -> Void)?
  /// Steps since the last reset that the network has really made.
  public var steps: Int { ticks }

  private let model: RuntimeModel
  private let opened: GRUModel
  private let noise: Noise
  private var generator: SeededGenerator
  private let state: UnsafeMutableRawBufferPointer
  private let scratch: UnsafeMutableRawBufferPointer
  private let memory: UnsafeMutableRawBufferPointer
  private var server: DeviceServer?
  private var requests = 0
  private var ticks = 0
  private var written: [UInt8] = []
  private var arriving: [UInt8] = []

  /// - Parameter checksum: what the constants should have; nil for what they have.
  public convenience init(
    _ network: QuantizedNetwork, noise: Noise = Noise(), seed: UInt64 = 1, checksum: UInt32? = nil
  ) throws {
    try self.init(
      RuntimeModel(network, layout: nil), noise: noise, seed: seed, checksum: checksum)
  }

  /// Of a model that other devices have too.
  public init(
    _ model: RuntimeModel, noise: Noise = Noise(), seed: UInt64 = 1, checksum: UInt32? = nil
  ) throws {
    self.model = model
    var raw = model.model.raw
    raw.crc32 = checksum ?? raw.crc32
    opened = try GRUModel(raw)
    self.noise = noise
    generator = SeededGenerator(seed: seed)
    state = .allocate(byteCount: model.model.stateSize, alignment: 4)
    scratch = .allocate(byteCount: model.model.scratchSize, alignment: 4)
    memory = .allocate(byteCount: DeviceServer.memorySize(for: model.model), alignment: 4)
    try start(boot: 7)
  }

  deinit { for block in [state, scratch, memory] { block.deallocate() } }

  /// What a reset of the board does; the line keeps its bytes.
  public func start(boot: UInt32) throws {
    func text(_ text: StaticString) -> UnsafePointer<CChar> {
      UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
    }
    let device = Unmanaged.passUnretained(self).toOpaque()
    server = try DeviceServer(
      GRU(opened, state: state, scratch: scratch),
      gru_device_description_t(
        model: text("t"), board: text("desk"), core: text("host"), counter: text("steps"),
        clock_hz: 1_000, boot: boot),
      port: gru_device_port_t(
        context: device,
        write: { device, byte in
          Unmanaged<SimulatedDevice>.fromOpaque(device!).takeUnretainedValue().written.append(byte)
        }, start: nil,
        elapsed: { device in
          let device = Unmanaged<SimulatedDevice>.fromOpaque(device!).takeUnretainedValue()
          device.ticks += 1
          return UInt32(device.ticks)
        }), memory: memory)
  }

  /// Bytes that reach the device without noise; what it writes.
  public func exchange(_ bytes: [UInt8]) -> [UInt8] {
    for byte in bytes { server?.receive(byte) }
    defer { written = [] }
    return written
  }

  /// What a disturbance of the board's RAM does.
  public func clearState() {
    for index in state.indices { state[index] = 0 }
  }

  public func send(_ bytes: [UInt8]) {
    let request = requests
    requests += 1
    var reply = exchange(disturbed(onRequest(self, request, bytes)))
    if let tamper { reply = Frames.map(reply) { tamper(&$0, request) } }
    arriving += disturbed(reply)
  }

  /// Nothing more will come: time does not pass here.
  public func receive(until deadline: ContinuousClock.Instant) -> [UInt8] {
    defer { arriving = [] }
    return arriving
  }

  /// Bytes that the host will read, whatever the device says.
  public func arrive(_ bytes: [UInt8]) { arriving += bytes }

  private func disturbed(_ bytes: [UInt8]) -> [UInt8] {
    func happens(_ rate: Double) -> Bool { .random(in: 0..<1, using: &generator) < rate }
    return bytes.flatMap { byte -> [UInt8] in
      if happens(noise.drop) { return [] }
      let flip: UInt8 = happens(noise.flip) ? 1 << UInt8.random(in: 0..<8, using: &generator) : 0
      return [byte ^ flip]
        + (happens(noise.insert) ? [.random(in: 0...255, using: &generator)] : [])
    }
  }
}

/// Frames in arrays.
public enum Frames {
  public static func encoded(_ payload: [UInt8]) -> [UInt8] {
    var encoder = FrameEncoder(to: Bytes())
    for byte in payload { encoder.write(UInt32(byte), bytes: 1) }
    encoder.finish()
    return encoder.sink.bytes
  }

  /// The payloads of the whole frames in a stream of bytes.
  public static func decoded(_ bytes: [UInt8], capacity: Int = 65_536) -> [[UInt8]] {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 4)
    defer { memory.deallocate() }
    var decoder = FrameDecoder(memory: memory)
    return bytes.compactMap { byte in
      guard case .frame(let size) = decoder.receive(byte) else { return nil }
      return Array(memory.prefix(size))
    }
  }

  static func map(_ bytes: [UInt8], _ change: (inout [UInt8]) -> Void) -> [UInt8] {
    decoded(bytes).flatMap { payload in
      var payload = payload
      change(&payload)
      return encoded(payload)
    }
  }

  private struct Bytes: ByteSink {
    var bytes: [UInt8] = []
    mutating func write(_ byte: UInt8) { bytes.append(byte) }
  }
}

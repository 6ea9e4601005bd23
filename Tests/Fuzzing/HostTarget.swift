import GRUHarness
import GRUQuantizer
import ModelFiles
import TestSupport

/// The host's side of the line: whatever happens to bytes between it and a device, it never calls
/// equal what isn't, nor different what is.
enum HostTarget: FuzzTarget {
  static let name = "host"

  static let seeds: [[UInt8]] =
    [[]] + Event.Kind.allCases.map { [$0.rawValue, 3, 9, 1, $0.rawValue, 4, 30, 255] }

  private static let steps = 5
  private static let inputs = RandomNetworks.inputs(width: 3, steps: steps, seed: 1)
  private static let network: QuantizedNetwork = {
    do {
      return try Quantized.network(
        RandomNetworks.network(inputs: 3, hidden: [5], outputs: 2, seed: 1), calibration: inputs)
    } catch {
      fail("\(error)")
    }
  }()

  static func check(_ bytes: [UInt8]) {
    do {
      let line = try DisturbedLine(network, Event.list(bytes))
      try check(line)
    } catch {
      fail("a device runs the network: \(error)")
    }
  }

  private static func check(_ line: DisturbedLine) throws {
    let result: DeviceComparison
    do {
      result = try DeviceComparison(
        network, over: inputs, through: line, patience: .init(), session: 0x9E37_79B9)
    } catch let error as DeviceError {
      require(!error.message.isEmpty && error.port == line.name, "an error has words: \(error)")
      require(!line.events.isEmpty, "a quiet line has no error: \(error.description)")
      return
    }
    if result.isEqual {
      require(result.steps == steps, "all steps are compared")
      require(!line.mustDiffer, "values that differ are noticed")
    } else {
      require(line.mayDiffer, "equal values are equal: \(String(describing: result.difference))")
    }
  }
}

/// Something that happens on the line at one request.
private struct Event {
  enum Kind: UInt8, CaseIterable {
    /// Of the request's or the reply's bytes on the wire.
    case requestLost, requestChanged, replyLost, replyChanged, replyLonger
    case replyTwice, replyLate, noise
    /// Of a reply's payload; its checksum is right.
    case replyForged
    case restart, stateCleared
  }

  var kind: Kind
  var request: Int
  var offset: Int
  var value: UInt8

  /// Four bytes for each.
  static func list(_ bytes: [UInt8]) -> [Event] {
    stride(from: 0, to: bytes.count - bytes.count % 4, by: 4).prefix(16).map { start in
      Event(
        kind: Kind.allCases[Int(bytes[start]) % Kind.allCases.count],
        request: Int(bytes[start + 1]) % 24, offset: Int(bytes[start + 2]), value: bytes[start + 3])
    }
  }
}

private final class DisturbedLine: DeviceLine {
  let name = "line"
  let baud: Int? = nil
  let events: [Event]
  /// Whether a value that the host should compare has been made another, and nothing else happened.
  private(set) var mustDiffer = false

  private let device: SimulatedDevice
  private var requests = 0
  private var boot: UInt32 = 8
  private var arriving: [UInt8] = []
  private var late: [UInt8] = []

  init(_ network: QuantizedNetwork, _ events: [Event]) throws {
    device = try SimulatedDevice(network)
    self.events = events
  }

  /// Whether anything could make a value another.
  var mayDiffer: Bool {
    events.contains { $0.kind == .replyForged || $0.kind == .stateCleared }
  }

  func receive(until deadline: ContinuousClock.Instant) -> [UInt8] {
    defer { arriving = [] }
    return arriving
  }

  func send(_ bytes: [UInt8]) {
    let now = events.filter { $0.request == requests }
    requests += 1
    var request = bytes
    for event in now { prepare(&request, event) }
    var reply = device.exchange(request)
    for event in now { disturb(&reply, event) }
    arriving += late + reply
    late = []
    // What the host sees of a reply that comes later cannot be told here.
    for event in now where event.kind == .replyLate { (late, arriving) = (arriving, []) }
  }

  private func prepare(_ request: inout [UInt8], _ event: Event) {
    guard !request.isEmpty else { return }
    let place = event.offset % request.count
    switch event.kind {
    case .requestLost: request.remove(at: place)
    case .requestChanged: request[place] ^= event.value
    case .restart:
      do { try device.start(boot: boot) } catch { fail("\(error)") }
      boot += 1
    case .stateCleared: device.clearState()
    default: break
    }
  }

  private func disturb(_ reply: inout [UInt8], _ event: Event) {
    guard !reply.isEmpty else { return }
    let place = event.offset % reply.count
    switch event.kind {
    case .replyLost: reply.remove(at: place)
    case .replyChanged: reply[place] ^= event.value
    case .replyLonger: reply.insert(event.value, at: place)
    case .replyTwice: reply += reply
    case .noise: reply = Array(repeating: event.value, count: event.offset) + reply
    case .replyForged: forge(&reply, event)
    default: break
    }
  }

  private func forge(_ reply: inout [UInt8], _ event: Event) {
    guard var payload = Frames.decoded(reply).first, !payload.isEmpty else { return }
    let place = event.offset % payload.count
    payload[place] ^= event.value
    reply = Frames.encoded(payload)
    // Behind the header come the states of a reset; ticks stand before those of a step.
    let values = [0x82: 20, 0x83: 24][payload[1]]
    if events.count == 1, event.value != 0, let values, place >= values { mustDiffer = true }
  }
}

import CGRU
import GRUHarness
import GRUQuantizer
import ModelFiles
import TestSupport

/// A board's side of the line: any bytes reach it, and every reply is the one that a plain second
/// implementation gives.
enum DeviceTarget: FuzzTarget {
  static let name = "device"

  /// The first byte chooses the network, the others are the line's.
  static let seeds: [[UInt8]] = [
    [0] + session(steps: 3, inputs: 3).flatMap(Frames.encoded),
    [1] + session(steps: 3, inputs: 1).flatMap(Frames.encoded),
  ]

  /// What a host sends.
  private static func session(steps: UInt8, inputs: Int) -> [[UInt8]] {
    func request(_ kind: UInt8, _ sequence: UInt8, _ body: [UInt8] = []) -> [UInt8] {
      [1, kind, 0, 0, 7, 0, 0, 0, sequence, 0, 0, 0] + body
    }
    let body = Array(repeating: UInt8(2), count: inputs).flatMap { [$0, UInt8(0)] }
    let middle = (0..<steps).map { request(3, 2 + $0, body) }
    return [request(1, 0), request(2, 1)] + middle + [request(4, 2 + steps)]
  }

  /// One of three features, one of tokens.
  private static let models: [RuntimeModel] = {
    let any = (UInt64(0)..<1000).lazy.map { seed -> QuantizedNetwork in
      var random = RandomIntegers(seed: seed, isExtreme: false)
      return random.network(largest: 3)
    }
    let networks = [
      any.first { !$0.readsTokens && $0.inputSize == 3 }!,
      any.first { $0.readsTokens && $0.inputSize == 3 }!,
    ]
    do { return try networks.map { try RuntimeModel($0, layout: nil) } } catch { fail("\(error)") }
  }()

  static func check(_ bytes: [UInt8]) {
    let model = models[Int(bytes.first ?? 0) % models.count]
    let bytes = bytes.dropFirst()
    do {
      let device = try SimulatedDevice(model)
      var expected = try DeviceModel(model)
      let replies = Frames.decoded(device.exchange(Array(bytes)))
      let expectedReplies = try expected.replies(to: bytes)
      require(replies.count == expectedReplies.count, "one reply for each request")
      for (reply, expected) in zip(replies, expectedReplies) {
        require(reply == expected, "the reply is \(expected), not \(reply)")
      }
      require(device.steps == expected.steps, "each step is made once")
    } catch {
      fail("a device runs the network: \(error)")
    }
  }

  /// Edits a request in its frame, half of the time with the checksum that it asks for.
  static func mutate(_ bytes: [UInt8], using random: inout SeededGenerator) -> [UInt8] {
    var frames = bytes.dropFirst().split(separator: 0xC0).map { Array($0) }
    guard random.happens(3, in: 4), !frames.isEmpty else { return mutateBytes(bytes) }
    let index = Int.random(in: 0..<frames.count, using: &random)
    switch Int.random(in: 0..<5, using: &random) {
    case 0: frames.insert(frames[index], at: index)
    case 1: frames.remove(at: index)
    case 2: frames[index] = mutateBytes(frames[index])
    default:
      guard var payload = DeviceModel.payload(of: frames[index]), payload.count > 11 else { break }
      switch Int.random(in: 0..<4, using: &random) {
      case 0: payload[1] = UInt8.random(in: 0...5, using: &random)
      case 1: payload[8] = payload[8] &+ UInt8.random(in: 0...2, using: &random) &- 1
      case 2: payload[4] ^= UInt8.random(in: 0...1, using: &random)
      default: payload = mutateBytes(payload)
      }
      frames[index] = Array(Frames.encoded(payload).dropFirst().dropLast())
    }
    return bytes.prefix(1) + frames.flatMap { [0xC0] + $0 + [0xC0] }
  }
}

/// What the documentation says of a device, with no code of it.
private struct DeviceModel {
  private let network: QuantizedNetwork
  private let instance: RuntimeInstance
  private var last: [UInt8]?
  private var lastReply: [UInt8] = []
  private var stepsInSession: UInt32 = 0
  /// In all.
  private(set) var steps = 0

  init(_ model: RuntimeModel) throws {
    network = model.network
    instance = try RuntimeInstance(model)
  }

  /// Payload of the bytes between two ends; nil where they are damaged.
  static func payload(of frame: some Collection<UInt8>) -> [UInt8]? {
    var (bytes, isEscaped) = ([UInt8](), false)
    for byte in frame {
      switch (isEscaped, byte) {
      case (false, 0xDB): isEscaped = true
      case (false, _): bytes.append(byte)
      case (true, 0xDC): (bytes, isEscaped) = (bytes + [0xC0], false)
      case (true, 0xDD): (bytes, isEscaped) = (bytes + [0xDB], false)
      default: return nil
      }
    }
    guard !isEscaped, bytes.count > 4 else { return nil }
    let payload = Array(bytes.dropLast(4))
    return little(crc32(payload), 4) == Array(bytes.suffix(4)) ? payload : nil
  }

  mutating func replies(to bytes: ArraySlice<UInt8>) throws -> [[UInt8]] {
    let inputSize = 2 * (network.readsTokens ? 1 : network.inputSize)
    let capacity = 12 + (inputSize + 3) / 4 * 4
    // Behind the last end nothing is whole.
    let frames = bytes.split(separator: 0xC0, omittingEmptySubsequences: false).dropLast()
    return try frames.compactMap(Self.payload).filter { (12...capacity).contains($0.count) }
      .map { try reply(to: $0, inputSize) }
  }

  private mutating func reply(to request: [UInt8], _ inputSize: Int) throws -> [UInt8] {
    if request == last { return lastReply }
    let (status, body) = try perform(request, inputSize)
    let reply =
      [1, request[1] | 0x80, status, 0] + request[4..<12] + Self.little(7, 4)
      + Self.little(stepsInSession, 4) + body
    if status == 0 { (last, lastReply) = (request, reply) }
    return reply
  }

  private mutating func perform(_ request: [UInt8], _ inputSize: Int) throws -> (UInt8, [UInt8]) {
    let kind = request[1]
    guard request[0] == 1 else { return (1, []) }
    guard (1...4).contains(kind) else { return (2, []) }
    guard request.count == 12 + (kind == 3 ? inputSize : 0) else { return (3, []) }
    if kind == 1 {
      guard last?[4..<8] != request[4..<8] else { return (5, []) }
      reset()
      return (0, identity)
    }
    guard let last, last[4..<8] == request[4..<8], last[1] != 4 else { return (4, []) }
    guard Self.number(request[8..<12]) == Self.number(last[8..<12]) &+ 1 else { return (5, []) }
    switch kind {
    case 2:
      reset()
      return (0, hidden)
    case 3: return try step(request[12...])
    default:
      reset()
      return (0, [])
    }
  }

  private mutating func reset() {
    instance.reset()
    stepsInSession = 0
  }

  private mutating func step(_ body: ArraySlice<UInt8>) throws -> (UInt8, [UInt8]) {
    let values = stride(from: body.startIndex, to: body.endIndex, by: 2).map {
      UInt16(Self.number(body[$0..<$0 + 2]))
    }
    guard !network.readsTokens || values[0] < network.inputSize else { return (7, []) }
    let output = try instance.step(
      network.readsTokens
        ? .token(Int(values[0])) : .vector(values.map { Int16(bitPattern: $0) }))
    stepsInSession &+= 1
    steps += 1
    let outputs = output.flatMap { Self.little(UInt32(bitPattern: $0), 4) }
    return (0, Self.little(UInt32(steps), 4) + hidden + outputs)
  }

  private var hidden: [UInt8] {
    instance.hidden.flatMap { Self.little(UInt32(UInt16(bitPattern: $0)), 2) }
  }

  private var identity: [UInt8] {
    Self.little(network.checksum, 4) + Self.little(1_000, 4)
      + Self.little(UInt32(instance.hidden.count), 4)
      + Self.little(UInt32(network.inputSize), 2) + Self.little(UInt32(network.outputSize), 2)
      + [network.readsTokens ? 1 : 0] + Array("t\0desk\0host\0steps\0".utf8)
  }

  private static func little(_ value: UInt32, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }
}

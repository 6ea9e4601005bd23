import DeviceProtocol

/// One session with a device: requests, each sent again until its reply arrives.
///
/// A reply counts only with the right checksum, session, sequence number and boot number; whatever
/// else comes is passed over.
package final class DeviceLink {
  /// How long to wait for a reply, and how often to ask again.
  package struct Patience: Sendable {
    package var attempts = 10
    package var first = Duration.milliseconds(500)
    package var shortest = Duration.milliseconds(50)
    package var longest = Duration.seconds(1)

    package init() {}
  }

  let line: any DeviceLine
  /// Requests that were sent again.
  private(set) var retries = 0
  /// Frames with a wrong checksum, or none at all.
  private(set) var damagedFrames = 0

  private let patience: Patience
  private let session: UInt32
  private let payload: UnsafeMutableRawBufferPointer
  private var decoder: FrameDecoder
  private var sequence: UInt32 = 0
  private var boot: UInt32?
  /// Smoothed over the requests that were answered at once.
  private var roundTrip: Duration?
  /// How long to wait for the next reply, beside its time on the line. Once doubled it stays so
  /// until a request is answered at once, as only that tells how long an answer takes.
  /// Source: Karn and Partridge, "Improving Round-Trip Time Estimates in Reliable Transport
  /// Protocols", 1987.
  private var timeout: Duration
  private var heard = Heard()

  /// What else has come since the last good reply, to say why none does.
  private struct Heard {
    var bytes = 0
    var ownRequests = 0
    var version: UInt8?
  }

  /// - Parameter largestBody: bytes, of any reply.
  init(_ line: any DeviceLine, largestBody: Int, patience: Patience, session: UInt32) {
    self.line = line
    self.patience = patience
    self.session = session
    timeout = patience.first
    payload = .allocate(
      byteCount: Message.replyHeaderSize + max(largestBody, Message.Identity.largestSize) + 4,
      alignment: 4)
    decoder = FrameDecoder(memory: payload)
  }

  deinit { payload.deallocate() }

  /// Opens the session.
  func greet() throws(DeviceError) -> DeviceIdentity {
    let reply = try request(.hello)
    guard let identity = DeviceIdentity(reply) else { throw unknownReply("its identity", reply) }
    boot = identity.boot
    return identity
  }

  /// Sends a request until it is answered, and returns the answer.
  ///
  /// - Parameter answerSize: bytes of the reply's body, for the time that they take on the line.
  func request(
    _ kind: Message.Kind, _ body: [UInt8] = [], answerSize: Int = Message.Identity.largestSize
  ) throws(DeviceError) -> DeviceReply {
    defer { sequence += 1 }
    let frame = frame(kind, body)
    let wire = line.time(of: frame.count + Message.replyHeaderSize + answerSize)
    let start = ContinuousClock.now
    heard = Heard()
    for attempt in 0..<patience.attempts {
      if attempt > 0 { retries += 1 }
      try line.send(frame)
      if let reply = try reply(to: kind, until: .now + timeout + wire) {
        try check(reply)
        if attempt == 0 { measure(start.duration(to: .now) - wire) }
        return reply
      }
      timeout = min(timeout * 2, max(patience.longest, timeout))
    }
    throw noReply
  }

  private func measure(_ time: Duration) {
    let smoothed = roundTrip.map { ($0 * 7 + time) / 8 } ?? time
    roundTrip = smoothed
    timeout = max(patience.shortest, smoothed * 3)
  }

  private func frame(_ kind: Message.Kind, _ body: [UInt8]) -> [UInt8] {
    var encoder = FrameEncoder(to: ArraySink())
    encoder.write(UInt32(Message.version), bytes: 1)
    encoder.write(UInt32(kind.rawValue), bytes: 1)
    encoder.write(0, bytes: 2)
    encoder.write(session, bytes: 4)
    encoder.write(sequence, bytes: 4)
    for byte in body { encoder.write(UInt32(byte), bytes: 1) }
    encoder.finish()
    return encoder.sink.bytes
  }

  /// The reply to the current request; nil if none comes in time.
  private func reply(
    to kind: Message.Kind, until deadline: ContinuousClock.Instant
  ) throws(DeviceError) -> DeviceReply? {
    repeat {
      let bytes = try line.receive(until: deadline)
      guard !bytes.isEmpty else { return nil }
      heard.bytes += bytes.count
      var found: DeviceReply?
      for byte in bytes {
        switch decoder.receive(byte) {
        case .nothing: break
        case .damaged: damagedFrames += 1
        case .frame(let size): found = found ?? reply(payload.prefix(size), to: kind)
        }
      }
      if let found { return found }
    } while ContinuousClock.now < deadline
    return nil
  }

  /// A frame's payload, if it answers the current request.
  private func reply(
    _ payload: Slice<UnsafeMutableRawBufferPointer>, to kind: Message.Kind
  ) -> DeviceReply? {
    guard payload.count > 1, payload[1] & Message.replyBit != 0 else {
      heard.ownRequests += 1
      return nil
    }
    guard let reply = DeviceReply(Array(payload)[...]) else { return nil }
    if reply.version != Message.version { heard.version = reply.version }
    guard reply.version == Message.version, reply.session == session, reply.sequence == sequence,
      reply.kind == kind.rawValue | Message.replyBit
    else { return nil }
    return reply
  }

  private func check(_ reply: DeviceReply) throws(DeviceError) {
    if let boot, reply.boot != boot {
      throw restarted("its boot number went from \(boot) to \(reply.boot)")
    }
    switch Message.Status(rawValue: reply.status) {
    case .ok: return
    case .session, .sequence: throw restarted("it no longer knows this session")
    case .checksum:
      throw DeviceError(
        .otherModel, line.name, "its constants are not what their checksum says",
        ["hint: write the image to the board's flash again"])
    case let status:
      throw DeviceError(
        .noProtocol, line.name,
        "refuses a request: " + (status.map { "\($0)" } ?? "status \(reply.status)"),
        ["hint: build its firmware and this tool from the same version"])
    }
  }
}

// MARK: - Errors

extension DeviceLink {
  func unknownReply(_ what: String, _ reply: DeviceReply) -> DeviceError {
    DeviceError(
      .noProtocol, line.name, "\(what) has \(reply.body.count) bytes, which this tool can't read",
      ["hint: build its firmware and this tool from the same version"])
  }

  func restarted(_ evidence: String) -> DeviceError {
    DeviceError(
      .noProtocol, line.name, "the device was restarted in mid-run: \(evidence)",
      [
        "hint: a watchdog, the power supply, a fault handler, or a stack that overflows restarts a "
          + "board"
      ])
  }

  /// Why no reply came, as far as what came instead tells.
  private var noReply: DeviceError {
    let speed = line.baud.map { "; the speed is \($0) baud, --baud sets another" } ?? ""
    if let version = heard.version {
      return DeviceError(
        .noProtocol, line.name,
        "speaks version \(version) of the protocol, expected \(Message.version)",
        ["hint: build its firmware and this tool from the same version"])
    }
    if heard.ownRequests > 0 {
      return DeviceError(
        .noProtocol, line.name, "sends back what is sent to it, and no answer",
        ["hint: is this a loop of the line, or a terminal that echoes?"])
    }
    if heard.bytes > 0 {
      return DeviceError(
        .noProtocol, line.name,
        "\(heard.bytes) bytes came in answer to \(patience.attempts) requests, but no whole reply",
        ["hint: does something else print on this line, or is it too noisy?\(speed)"])
    }
    return DeviceError(
      .noAnswer, line.name, "no answer to \(patience.attempts) requests",
      [
        "hint: the board must run `Firmware/build BOARD Device HEADER` or firmware that calls "
          + "gru_device_receive(), with this line as its console\(speed)",
        "hint: no other program may read the line",
      ])
  }
}

private struct ArraySink: ByteSink {
  var bytes: [UInt8] = []

  mutating func write(_ byte: UInt8) { bytes.append(byte) }
}

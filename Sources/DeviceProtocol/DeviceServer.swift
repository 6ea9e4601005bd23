public import CGRU
import FixedPoint
public import GRURuntime

/// The device's side of the line: takes bytes, steps a network as the requests in them ask, and
/// writes the replies.
///
/// A request that comes again, because it or its reply was lost, is answered again and not carried
/// out again: what a reply says lies in the network's state and in `outputs` until the next request.
@safe
public struct DeviceServer {
  private let gru: GRU
  private let description: gru_device_description_t
  private let port: gru_device_port_t
  private let request: UnsafeRawPointer
  private let outputs: UnsafeMutablePointer<Int32>
  private let hiddenCount: UInt32

  private var decoder: FrameDecoder
  /// The last request that was carried out; the session is its, unless it was a farewell.
  private var last: Request?
  /// Steps since the last reset.
  private var steps: UInt32 = 0
  /// What the last step took.
  private var ticks = Message.unmeasured

  /// - Parameters:
  ///   - gru: its state is the session's from now on.
  ///   - memory: `memorySize(for:)` bytes, aligned to four, which must outlive the server.
  /// - Throws: `nullPointer`, `scratchSize` or `alignment`, if the memory doesn't serve or the port
  ///   cannot write.
  public init(
    _ gru: GRU, _ description: gru_device_description_t, port: gru_device_port_t,
    memory: UnsafeMutableRawBufferPointer
  ) throws(GRUError) {
    guard let address = memory.baseAddress, unsafe port.write != nil else { throw .nullPointer }
    guard memory.count >= Self.memorySize(for: gru.model) else { throw .scratchSize }
    guard Int(bitPattern: address) & 3 == 0 else { throw .alignment }
    let outputsSize = 4 &* gru.model.outputSize
    self.gru = gru
    unsafe self.description = description
    unsafe self.port = port
    // The outputs come first, so that they are aligned, and the inputs of a request behind them.
    unsafe outputs = address.assumingMemoryBound(to: Int32.self)
    unsafe request = UnsafeRawPointer(address + outputsSize)
    unsafe decoder = FrameDecoder(
      memory: UnsafeMutableRawBufferPointer(
        start: address + outputsSize, count: memory.count &- outputsSize))
    var hiddenCount: UInt32 = 0
    gru.forEachHidden { _ in hiddenCount &+= 1 }
    self.hiddenCount = hiddenCount
  }

  /// Bytes that a server needs beside the network's own memory.
  public static func memorySize(for model: GRUModel) -> Int {
    let inputSize = (2 &* model.inputCount &+ 3) & ~3
    return Message.requestHeaderSize &+ inputSize &+ 4 &+ 4 &* model.outputSize
  }

  /// Takes a byte from the line, and answers if it completes a request.
  public mutating func receive(_ byte: UInt8) {
    guard case .frame(let size) = decoder.receive(byte), size >= Message.requestHeaderSize else {
      return
    }
    let request = unsafe Request(self.request, size: size)
    if request == last {
      reply(to: request, .ok)
      return
    }
    let status = perform(request)
    if status == .ok { last = request }
    reply(to: request, status)
  }
}

/// A request without its body.
private struct Request: Equatable {
  var version: UInt8
  var kind: UInt8
  var session: UInt32
  var sequence: UInt32
  var bodySize: Int
  /// Of the whole payload.
  var checksum: UInt32

  init(_ payload: UnsafeRawPointer, size: Int) {
    version = unsafe payload.load(as: UInt8.self)
    kind = unsafe payload.load(fromByteOffset: 1, as: UInt8.self)
    session = unsafe payload.word(at: 4)
    sequence = unsafe payload.word(at: 8)
    bodySize = size &- Message.requestHeaderSize
    checksum = unsafe payload.word(at: size)
  }
}

// MARK: - Carrying out

extension DeviceServer {
  private mutating func perform(_ request: Request) -> Message.Status {
    guard request.version == Message.version else { return .version }
    guard let kind = Message.Kind(rawValue: request.kind) else { return .kind }
    let size = kind == .step ? 2 &* gru.model.inputCount : 0
    guard request.bodySize == size else { return .size }
    if kind == .hello { return open(request) }
    guard let last, last.session == request.session, last.kind != Message.Kind.bye.rawValue else {
      return .session
    }
    guard request.sequence == last.sequence &+ 1 else { return .sequence }
    if kind == .step { return step() }
    reset()
    return .ok
  }

  private mutating func open(_ request: Request) -> Message.Status {
    // A greeting of the session that is open comes late: the host has gone on since.
    guard request.session != last?.session else { return .sequence }
    do throws(GRUError) { try gru.model.verify() } catch { return .checksum }
    reset()
    return .ok
  }

  private mutating func reset() {
    gru.reset()
    steps = 0
    ticks = Message.unmeasured
  }

  private mutating func step() -> Message.Status {
    let body = unsafe request + Message.requestHeaderSize
    var input = unsafe StepInput.vector(body.assumingMemoryBound(to: Int16.self))
    if gru.model.readsTokens {
      let token = unsafe Int(body.load(as: UInt16.self))
      guard token < gru.model.inputSize else { return .token }
      input = .token(token)
    }
    unsafe port.start?(port.context)
    unsafe gru.step(input, output: outputs)
    unsafe ticks = port.elapsed?(port.context) ?? Message.unmeasured
    steps &+= 1
    return .ok
  }
}

// MARK: - Replying

@safe
private struct PortSink: ByteSink {
  let port: gru_device_port_t

  func write(_ byte: UInt8) { unsafe port.write?(port.context, byte) }
}

extension DeviceServer {
  private func reply(to request: Request, _ status: Message.Status) {
    var frame = unsafe FrameEncoder(to: PortSink(port: port))
    frame.write(UInt32(Message.version), bytes: 1)
    frame.write(UInt32(request.kind | Message.replyBit), bytes: 1)
    frame.write(UInt32(status.rawValue), bytes: 2)
    frame.write(request.session, bytes: 4)
    frame.write(request.sequence, bytes: 4)
    unsafe frame.write(description.boot, bytes: 4)
    frame.write(steps, bytes: 4)
    if status == .ok {
      switch Message.Kind(rawValue: request.kind) {
      case .hello: writeIdentity(to: &frame)
      case .reset: writeHidden(to: &frame)
      case .step:
        frame.write(ticks, bytes: 4)
        writeHidden(to: &frame)
        writeOutputs(to: &frame)
      case .bye, nil: break
      }
    }
    frame.finish()
  }

  private func writeHidden(to frame: inout FrameEncoder<PortSink>) {
    gru.forEachHidden { frame.write(UInt32(UInt16(bitPattern: $0)), bytes: 2) }
  }

  private func writeOutputs(to frame: inout FrameEncoder<PortSink>) {
    var index = 0
    while index < gru.model.outputSize {
      unsafe frame.write(UInt32(bitPattern: outputs[index]), bytes: 4)
      index &+= 1
    }
  }

  private func writeIdentity(to frame: inout FrameEncoder<PortSink>) {
    let model = gru.model
    unsafe frame.write(model.raw.crc32, bytes: 4)
    unsafe frame.write(description.clock_hz, bytes: 4)
    frame.write(hiddenCount, bytes: 4)
    frame.write(UInt32(truncatingIfNeeded: model.inputSize), bytes: 2)
    frame.write(UInt32(truncatingIfNeeded: model.outputSize), bytes: 2)
    frame.write(model.readsTokens ? 1 : 0, bytes: 1)
    unsafe write(description.model, to: &frame)
    unsafe write(description.board, to: &frame)
    unsafe write(description.core, to: &frame)
    unsafe write(description.counter, to: &frame)
  }

  /// A text and a zero; an absent one is empty.
  private func write(_ text: UnsafePointer<CChar>?, to frame: inout FrameEncoder<PortSink>) {
    var count = 0
    while count < Message.Identity.longestText, let text = unsafe text, unsafe text[count] != 0 {
      unsafe frame.write(UInt32(UInt8(bitPattern: text[count])), bytes: 1)
      count &+= 1
    }
    frame.write(0, bytes: 1)
  }
}

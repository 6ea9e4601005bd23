import Foundation

/// A line that the system knows by a file descriptor: a serial port, a pseudo-terminal, a socket.
public final class DevicePort: DeviceLine {
  public let name: String
  public let baud: Int?
  private let descriptor: Int32

  /// Opens the line that the user names: `tcp:HOST:PORT`, `unix:PATH`, or the path of a terminal.
  ///
  /// - Parameter baud: of a terminal.
  public init(_ name: String, baud: Int) throws(DeviceError) {
    self.name = name
    if let address = name.suffix(after: "tcp:") {
      self.baud = nil
      descriptor = try connect(tcp: address, name)
    } else if let path = name.suffix(after: "unix:") {
      self.baud = nil
      descriptor = try connect(unix: path, name)
    } else {
      self.baud = baud
      descriptor = try open(terminal: name, baud: baud)
    }
  }

  deinit { close(descriptor) }

  /// A line that takes nothing for so long is dead.
  private static let sendTimeout = Duration.seconds(5)

  public func send(_ bytes: [UInt8]) throws(DeviceError) {
    let deadline = ContinuousClock.now + Self.sendTimeout
    var rest = bytes[...]
    while !rest.isEmpty {
      guard wait(for: POLLOUT, until: deadline) else {
        throw DeviceError(.noAnswer, name, "the line takes no bytes")
      }
      let count = rest.withUnsafeBytes { write($0) }
      guard count >= 0 || errno == EAGAIN || errno == EINTR else { throw closed(reason) }
      rest = rest.dropFirst(max(0, count))
    }
  }

  /// A socket whose other end is gone is an error, and no signal.
  private func write(_ bytes: UnsafeRawBufferPointer) -> Int {
    baud == nil
      ? Foundation.send(descriptor, bytes.baseAddress!, bytes.count, Int32(MSG_NOSIGNAL))
      : Foundation.write(descriptor, bytes.baseAddress!, bytes.count)
  }

  public func receive(until deadline: ContinuousClock.Instant) throws(DeviceError) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while wait(for: POLLIN, until: deadline) {
      let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress!, $0.count) }
      if count > 0 { return Array(buffer.prefix(count)) }
      guard count < 0 else { throw closed("the other end closed it") }
      guard errno == EAGAIN || errno == EINTR else { throw closed(reason) }
    }
    return []
  }

  /// Whether the descriptor is ready, or broken, before the deadline.
  private func wait(for events: some BinaryInteger, until deadline: ContinuousClock.Instant) -> Bool
  {
    var request = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    while true {
      let rest = max(.zero, ContinuousClock.now.duration(to: deadline)).components
      let milliseconds = rest.seconds * 1000 + rest.attoseconds / 1_000_000_000_000_000
      // Rounded up, so that no wait turns into a loop.
      let count = poll(&request, 1, Int32(clamping: milliseconds + 1))
      if count >= 0 || errno != EINTR { return count > 0 }
    }
  }

  private func closed(_ why: String) -> DeviceError {
    DeviceError(.noAnswer, name, "the line is gone: \(why)")
  }
}

private var reason: String { String(cString: strerror(errno)) }

extension String {
  fileprivate func suffix(after prefix: String) -> String? {
    hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
  }
}

// MARK: - Opening

private func open(terminal path: String, baud: Int) throws(DeviceError) -> Int32 {
  func fail(_ message: String, _ hint: String? = nil) -> DeviceError {
    DeviceError(.noLine, path, message, hint.map { ["hint: \($0)"] } ?? [])
  }
  guard let speed = speeds[baud] else {
    let known = speeds.keys.sorted().map { String($0) }.joined(separator: ", ")
    throw DeviceError(
      .misnamed, path, "a speed of \(baud) baud is not known", ["hint: the system knows \(known)"])
  }
  let descriptor = Foundation.open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
  guard descriptor >= 0 else {
    let hint =
      switch errno {
      case EACCES: "serial ports belong to a group, often 'dialout', that your user may not be in"
      case EBUSY: "another program has it"
      case ENXIO: "a socket is named unix:\(path)"
      case ENOENT: "sockets are named tcp:HOST:PORT or unix:PATH"
      default: nil as String?
      }
    throw fail("cannot be opened: \(reason)", hint)
  }
  var settings = termios()
  guard tcgetattr(descriptor, &settings) == 0 else {
    close(descriptor)
    throw fail("is no serial port", "sockets are named tcp:HOST:PORT or unix:PATH")
  }
  cfmakeraw(&settings)
  settings.c_cflag |= tcflag_t(CLOCAL | CREAD)
  settings.c_cflag &= ~(tcflag_t(CSTOPB) | CRTSCTS)
  cfsetspeed(&settings, speed)
  guard tcsetattr(descriptor, TCSANOW, &settings) == 0, ioctl(descriptor, UInt(TIOCEXCL)) == 0
  else {
    let failure = fail("cannot be set to \(baud) baud: \(reason)")
    close(descriptor)
    throw failure
  }
  tcflush(descriptor, TCIOFLUSH)
  return descriptor
}

private let speeds: [Int: speed_t] = [
  9600: speed_t(B9600), 19_200: speed_t(B19200), 38_400: speed_t(B38400), 57_600: speed_t(B57600),
  115_200: speed_t(B115200), 230_400: speed_t(B230400), 460_800: speed_t(B460800),
  500_000: speed_t(B500000), 921_600: speed_t(B921600), 1_000_000: speed_t(B1000000),
  2_000_000: speed_t(B2000000), 3_000_000: speed_t(B3000000), 4_000_000: speed_t(B4000000),
]

private func connect(unix path: String, _ name: String) throws(DeviceError) -> Int32 {
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  let bytes = Array(path.utf8)
  let isShort = withUnsafeMutableBytes(of: &address.sun_path) { memory in
    // The rest stays zero, which ends the path.
    memory.copyBytes(from: bytes.prefix(memory.count - 1))
    return bytes.count < memory.count
  }
  guard isShort else { throw DeviceError(.misnamed, name, "the path is too long for a socket") }
  let descriptor = withUnsafePointer(to: &address) { address in
    address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connected(AF_UNIX, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
    }
  }
  guard let descriptor else {
    throw DeviceError(.noLine, name, "cannot be connected to: \(reason)")
  }
  return descriptor
}

private func connect(tcp address: String, _ name: String) throws(DeviceError) -> Int32 {
  guard let colon = address.lastIndex(of: ":"),
    UInt16(address[address.index(after: colon)...]) != nil
  else { throw DeviceError(.misnamed, name, "is no address, expected tcp:HOST:PORT") }
  // An IPv6 address stands in brackets.
  let host = address[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
  var hints = addrinfo()
  hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
  var list: UnsafeMutablePointer<addrinfo>?
  let status = getaddrinfo(host, String(address[address.index(after: colon)...]), &hints, &list)
  guard status == 0, let list else {
    throw DeviceError(
      .noLine, name, "cannot be connected to: \(String(cString: gai_strerror(status)))")
  }
  defer { freeaddrinfo(list) }
  for candidate in sequence(first: list, next: { $0.pointee.ai_next }) {
    let found = candidate.pointee
    guard let descriptor = connected(found.ai_family, found.ai_addr, found.ai_addrlen) else {
      continue
    }
    var on: Int32 = 1
    setsockopt(
      descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    return descriptor
  }
  throw DeviceError(.noLine, name, "cannot be connected to: \(reason)")
}

/// A socket that is connected and then never waited for.
private func connected(
  _ family: Int32, _ address: UnsafePointer<sockaddr>, _ size: socklen_t
) -> Int32? {
  let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
  guard descriptor >= 0 else { return nil }
  guard connect(descriptor, address, size) == 0, fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0 else {
    let error = errno
    close(descriptor)
    errno = error
    return nil
  }
  return descriptor
}

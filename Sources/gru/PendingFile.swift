import Foundation

/// A file in the making: it takes its target's place when it is whole, and is gone otherwise.
///
/// The bytes go to a file beside the target, are synced, and take its place by `rename`. They are
/// written as they come, so that a file of any length takes the same memory.
struct PendingFile: ~Copyable {
  private let target: Destination
  /// nil once it is closed.
  private var descriptor: Int32?
  /// The file beside the target; nil for a device, and once it has the target's place.
  private var temporary: String?
  /// What the target holds behind the bytes appended; nil once these are others.
  private var old: FileHandle?
  /// Not written yet.
  private var buffer = Data()

  private static let bufferSize = 1 << 16

  init(for target: Destination) throws {
    self.target = target
    if target.isDevice {
      descriptor = try target.openDevice()
      return
    }
    let (descriptor, temporary) = try target.createBeside()
    self.descriptor = descriptor
    self.temporary = temporary
    old = target.status == nil ? nil : FileHandle(forReadingAtPath: target.resolved)
  }

  deinit {
    if let descriptor { close(descriptor) }
    if let temporary { unlink(temporary) }
  }

  mutating func append(_ bytes: some Collection<UInt8>) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = rest.prefix(Self.bufferSize - buffer.count)
      buffer.append(contentsOf: piece)
      rest = rest[piece.endIndex...]
      if buffer.count == Self.bufferSize { try flush() }
    }
  }

  /// Puts the file in its place, unless the same bytes are there.
  consuming func commit() throws {
    try flush()
    if isUnchanged { return }
    if temporary != nil { try settle(descriptor!) }
    let isClosed = close(descriptor!) == 0
    descriptor = nil
    try require(isClosed)
    if let temporary {
      guard rename(temporary, target.resolved) == 0 else {
        throw target.failure(.cannotCreate, "cannot be replaced")
      }
    }
    temporary = nil
  }

  /// Gives the file the target's mode and brings it to its medium.
  private func settle(_ descriptor: Int32) throws {
    if let status = target.status {
      // Another user's file stays theirs where that can be.
      _ = fchown(descriptor, status.st_uid, status.st_gid)
      try require(fchmod(descriptor, status.st_mode & 0o7777) == 0)
    }
    try require(fsync(descriptor) == 0)
  }

  /// Whether the target holds these bytes, and no more.
  private var isUnchanged: Bool {
    guard let old, let status = target.status else { return false }
    return (try? old.offset()) == UInt64(status.st_size)
  }

  private mutating func flush() throws {
    guard !buffer.isEmpty else { return }
    if (try? old?.read(upToCount: buffer.count)) != buffer { old = nil }
    try require(buffer.withUnsafeBytes { Self.write($0, to: descriptor!) })
    buffer.removeAll(keepingCapacity: true)
  }

  private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      // Qualified: this is the system call.
      let count = Foundation.write(
        descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  private func require(_ isWritten: Bool) throws {
    guard isWritten else { throw target.failure(.writeFailed, "cannot be written") }
  }
}

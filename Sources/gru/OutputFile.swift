import Foundation

/// Writes whole files: the old one or the new one is there at any time, never a part.
///
/// The bytes go to a file beside the target, are synced, and take its place by `rename`. A
/// symbolic link is followed; what it leads to is replaced and keeps its mode. A file that already
/// has these bytes is left alone. A device, as /dev/null, is written to and stays what it is; folders and
/// FIFOs are refused.
enum OutputFile {
  /// Fails as `write` would, before the work whose result it writes; leaves nothing behind.
  ///
  /// - Parameter inputs: files that the output must not be.
  static func check(_ path: String, isNoneOf inputs: [String]) throws {
    let target = try Destination(path)
    if let input = inputs.first(where: { target.isSameFile(as: $0) }) {
      throw Failure.usage("the output '\(path)' is also the input '\(input)'")
    }
    if target.isDevice {
      close(try target.openDevice())
      return
    }
    let (descriptor, temporary) = try create(beside: target)
    close(descriptor)
    unlink(temporary)
  }

  static func write(_ data: Data, to path: String) throws {
    let target = try Destination(path)
    if target.isDevice {
      try fill(try target.openDevice(), with: data, target)
      return
    }
    if target.holds(data) { return }
    let (descriptor, temporary) = try create(beside: target)
    do {
      try fill(descriptor, with: data, target)
      guard rename(temporary, target.resolved) == 0 else {
        throw target.failure(.cannotCreate, "cannot be replaced")
      }
    } catch {
      unlink(temporary)
      throw error
    }
  }

  private static func create(
    beside target: Destination
  ) throws -> (descriptor: Int32, temporary: String) {
    let folder = target.resolved.lastIndex(of: "/").map { target.resolved[...$0] } ?? ""
    // A new file gets the mode that the user's mask leaves, as from any other program.
    let mode = target.status.map { $0.st_mode & 0o777 } ?? 0o666
    for _ in 0..<100 {
      let temporary = folder + ".gru-" + String(UInt32.random(in: 0 ... .max), radix: 36)
      let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
      if descriptor >= 0 { return (descriptor, temporary) }
      guard errno == EEXIST else { break }
    }
    throw target.failure(.cannotCreate, "cannot be created")
  }

  /// Writes all bytes, of a file to its medium, and closes it.
  private static func fill(
    _ descriptor: Int32, with data: Data, _ target: Destination
  ) throws {
    var isWritten = data.withUnsafeBytes { bytes in
      var offset = 0
      while offset < bytes.count {
        // Qualified: this is the system call, not the method above.
        let count = Foundation.write(
          descriptor, bytes.baseAddress! + offset, bytes.count - offset)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return false }
        offset += count
      }
      return true
    }
    if isWritten, !target.isDevice, let old = target.status {
      // Another user's file stays theirs where that can be.
      if fchown(descriptor, old.st_uid, old.st_gid) != 0 { errno = 0 }
      isWritten = fchmod(descriptor, old.st_mode & 0o7777) == 0
    }
    isWritten = isWritten && (target.isDevice || fsync(descriptor) == 0)
    let reason = errno
    let isClosed = close(descriptor) == 0
    guard isWritten && isClosed else {
      if !isWritten { errno = reason }
      throw target.failure(.writeFailed, "cannot be written")
    }
  }
}

/// Where an output's path leads.
private struct Destination {
  /// As the user wrote it.
  let path: String
  /// Behind all symbolic links.
  let resolved: String
  /// nil where there is no file yet.
  let status: stat?

  init(_ path: String) throws {
    self.path = path
    status = fileStatus(of: path)
    guard let status else {
      resolved = path
      var link = stat()
      guard lstat(path, &link) != 0 else {
        throw failure(.cannotCreate, "is a symbolic link that leads nowhere", reason: nil)
      }
      return
    }
    guard [S_IFREG, S_IFCHR].contains(status.st_mode & S_IFMT), let real = realpath(path, nil)
    else {
      resolved = path
      throw failure(
        .cannotCreate, "is not a regular file, expected a file to write", reason: nil)
    }
    resolved = String(cString: real)
    free(real)
  }

  var isDevice: Bool { status.map { $0.st_mode & S_IFMT == S_IFCHR } ?? false }

  func openDevice() throws -> Int32 {
    let descriptor = open(resolved, O_WRONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw failure(.cannotCreate, "cannot be opened") }
    return descriptor
  }

  func isSameFile(as other: String) -> Bool {
    guard let status, let other = fileStatus(of: other) else { return false }
    return status.st_dev == other.st_dev && status.st_ino == other.st_ino
  }

  func holds(_ data: Data) -> Bool {
    guard let status, Int(status.st_size) == data.count else { return false }
    return (try? Data(contentsOf: URL(fileURLWithPath: resolved))) == data
  }

  func failure(
    _ code: ExitCode, _ what: String, reason: Int32? = errno
  ) -> Failure {
    let reason = reason.map { ": " + String(cString: strerror($0)) } ?? ""
    return Failure(code: code, path, what + reason)
  }
}

private func fileStatus(of path: String) -> stat? {
  var status = stat()
  return stat(path, &status) == 0 ? status : nil
}

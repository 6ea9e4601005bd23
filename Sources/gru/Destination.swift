import Foundation

/// Where an output's path leads.
struct Destination {
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

  /// Creates a file in the same folder, with the target's mode.
  func createBeside() throws -> (descriptor: Int32, path: String) {
    let folder = resolved.lastIndex(of: "/").map { resolved[...$0] } ?? ""
    // A new file gets the mode that the user's mask leaves, as from any other program.
    let mode = status.map { $0.st_mode & 0o777 } ?? 0o666
    for _ in 0..<100 {
      let path = folder + ".gru-" + String(UInt32.random(in: 0 ... .max), radix: 36)
      let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
      if descriptor >= 0 { return (descriptor, path) }
      guard errno == EEXIST else { break }
    }
    throw failure(.cannotCreate, "cannot be created")
  }

  func isSameFile(as other: String) -> Bool {
    guard let status, let other = fileStatus(of: other) else { return false }
    return status.st_dev == other.st_dev && status.st_ino == other.st_ino
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

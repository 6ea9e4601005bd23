public import Foundation

/// A file as the user named it, read whole.
public struct InputFile: Sendable {
  /// Name for messages: as the user wrote it.
  public let name: String
  public let bytes: Data

  /// The largest file that is read.
  public static let sizeLimit = 256 << 20

  public init(name: String, bytes: Data) {
    self.name = name
    self.bytes = bytes
  }

  /// Reads a regular file.
  ///
  /// - Parameter limit: the most bytes that a file of this kind has.
  /// - Throws: `InputError` for anything that is missing, no regular file, too large or unreadable.
  public init(path: String, limit: Int = sizeLimit) throws(InputError) {
    name = path
    // A FIFO without a writer would block; what it is shows only once it is open.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw InputError(
        path,
        errno == ENOENT ? "no such file" : "cannot be opened: \(String(cString: strerror(errno)))",
        kind: .noInput)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw InputError(path, "is not a regular file", kind: .noInput)
    }
    let size = Int(status.st_size)
    guard size <= limit else {
      throw InputError(path, "has \(size) bytes, expected at most \(limit)")
    }
    guard let bytes = Self.read(descriptor, count: size) else {
      throw InputError(path, "cannot be read to its end", kind: .noInput)
    }
    self.bytes = bytes
  }

  /// Exactly `count` bytes, or nil.
  private static func read(_ descriptor: Int32, count: Int) -> Data? {
    var data = Data(count: count)
    let isWhole = data.withUnsafeMutableBytes { buffer in
      var offset = 0
      while offset < count {
        let got = Foundation.read(descriptor, buffer.baseAddress! + offset, count - offset)
        if got < 0, errno == EINTR { continue }
        guard got > 0 else { return false }
        offset += got
      }
      return true
    }
    return isWhole ? data : nil
  }

  /// A message about this file.
  public func error(_ message: String, notes: [String] = []) -> InputError {
    InputError(name, message, notes: notes)
  }
}

import Foundation

/// Writes whole files: the old one or the new one is there at any time, never a part.
///
/// The bytes go to a file beside the target, are synced, and take its place by `rename`. A
/// symbolic link is followed; its target is replaced and keeps its mode. A file that already has
/// these bytes is left alone.
enum OutputFile {
  /// Fails as `write` would, before the work whose result it writes; leaves nothing behind.
  static func check(_ path: String) throws {
    let target = try Target(path)
    let (descriptor, temporary) = try create(beside: target)
    close(descriptor)
    unlink(temporary)
  }

  static func write(_ data: Data, to path: String) throws {
    let target = try Target(path)
    if target.exists, let old = try? Data(contentsOf: target.url), old == data { return }
    let (descriptor, temporary) = try create(beside: target)
    do {
      defer { close(descriptor) }
      try writeAll(data, to: descriptor, path)
      guard fchmod(descriptor, target.mode) == 0, fsync(descriptor) == 0 else {
        throw Failure(code: .writeFailed, text: "error: \(path): cannot be written: \(reason)")
      }
    } catch {
      unlink(temporary)
      throw error
    }
    guard rename(temporary, target.url.path) == 0 else {
      let failure = Failure(
        code: .cannotCreate, text: "error: \(path): cannot be replaced: \(reason)")
      unlink(temporary)
      throw failure
    }
  }

  /// Where a path leads; a symbolic link is followed.
  private struct Target {
    let path: String
    let url: URL
    let exists: Bool
    let mode: mode_t

    init(_ path: String) throws {
      self.path = path
      url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
      let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
      if let type = attributes?[.type] as? FileAttributeType, type != .typeRegular {
        throw Failure(
          code: .cannotCreate,
          text: "error: \(path): is not a regular file, expected a file to write")
      }
      exists = attributes != nil
      mode = (attributes?[.posixPermissions] as? Int).map { mode_t($0) } ?? 0o644
    }
  }

  private static func create(
    beside target: Target
  ) throws -> (descriptor: Int32, temporary: String) {
    var template = Array((target.url.path + ".XXXXXX").utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else {
      throw Failure(
        code: .cannotCreate, text: "error: \(target.path): cannot be created: \(reason)")
    }
    return (
      descriptor,
      String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    )
  }

  private static func writeAll(_ data: Data, to descriptor: Int32, _ path: String) throws {
    try data.withUnsafeBytes { bytes in
      var offset = 0
      while offset < bytes.count {
        // Qualified: this is the system call, not the method above.
        let count = Foundation.write(
          descriptor, bytes.baseAddress! + offset, bytes.count - offset)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else {
          throw Failure(code: .writeFailed, text: "error: \(path): cannot be written: \(reason)")
        }
        offset += count
      }
    }
  }

  private static var reason: String { String(cString: strerror(errno)) }
}

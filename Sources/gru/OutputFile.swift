import Foundation

/// Writes whole files: the old one or the new one is there at any time, never a part.
///
/// The bytes go to a file beside the target, are synced, and take its place by `rename`. A
/// symbolic link is followed; its target is replaced and keeps its mode. A file that already has
/// these bytes is left alone.
enum OutputFile {
  static func write(_ data: Data, to path: String) throws {
    let target = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    let manager = FileManager.default
    let attributes = try? manager.attributesOfItem(atPath: target.path)
    if let type = attributes?[.type] as? FileAttributeType, type != .typeRegular {
      throw Failure(
        code: .cannotCreate, text: "error: \(path): is not a regular file, expected a file to write"
      )
    }
    if attributes != nil, let old = try? Data(contentsOf: target), old == data { return }
    let mode = (attributes?[.posixPermissions] as? Int).map { mode_t($0) } ?? 0o644

    var template = Array((target.path + ".XXXXXX").utf8CString)
    let descriptor = mkstemp(&template)
    let temporary = String(
      decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    guard descriptor >= 0 else {
      throw Failure(code: .cannotCreate, text: "error: \(path): cannot be created: \(reason)")
    }
    do {
      defer { close(descriptor) }
      try writeAll(data, to: descriptor, path)
      guard fchmod(descriptor, mode) == 0, fsync(descriptor) == 0 else {
        throw Failure(code: .writeFailed, text: "error: \(path): cannot be written: \(reason)")
      }
    } catch {
      unlink(temporary)
      throw error
    }
    guard rename(temporary, target.path) == 0 else {
      let failure = Failure(
        code: .cannotCreate, text: "error: \(path): cannot be replaced: \(reason)")
      unlink(temporary)
      throw failure
    }
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

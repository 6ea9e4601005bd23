/// Writes whole files: the old one or the new one is there at any time, never a part.
///
/// A symbolic link is followed; what it leads to is replaced and keeps its mode. A file that already
/// has these bytes is left alone. A device, as /dev/null, is written to and stays what it is;
/// folders and FIFOs are refused.
enum OutputFile {
  /// Fails as `write` would, before the work whose result it writes; leaves nothing behind.
  ///
  /// - Parameter inputs: files that the output must not be.
  static func check(_ path: String, isNoneOf inputs: [String]) throws {
    let target = try Destination(path)
    if let input = inputs.first(where: { target.isSameFile(as: $0) }) {
      throw Failure.usage("the output '\(path)' is also the input '\(input)'")
    }
    _ = try PendingFile(for: target)
  }

  static func write(_ text: String, to path: String) throws {
    try write(to: path) { try $0.append(text.utf8) }
  }

  /// Writes what `produce` appends.
  static func write(to path: String, _ produce: (inout PendingFile) throws -> Void) throws {
    var file = try PendingFile(for: Destination(path))
    try produce(&file)
    try file.commit()
  }
}

public import Foundation

/// A file as the user named it, read whole.
public struct InputFile {
  /// Name for messages and provenance: the last component, never a folder of this machine.
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
  /// - Throws: `InputError` for anything that is missing, no regular file, too large or unreadable.
  public init(path: String) throws(InputError) {
    name = path
    let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: resolved) else {
      throw InputError(path, "no such file", kind: .noInput)
    }
    guard let type = attributes[.type] as? FileAttributeType, type == .typeRegular else {
      throw InputError(path, "is not a regular file", kind: .noInput)
    }
    let size = (attributes[.size] as? Int) ?? 0
    guard size <= Self.sizeLimit else {
      throw InputError(path, "has \(size) bytes, expected at most \(Self.sizeLimit)")
    }
    do {
      bytes = try Data(contentsOf: URL(fileURLWithPath: resolved))
    } catch {
      throw InputError(path, "cannot be read", kind: .noInput)
    }
  }

  /// A message about this file.
  public func error(_ message: String, notes: [String] = []) -> InputError {
    InputError(name, message, notes: notes)
  }
}

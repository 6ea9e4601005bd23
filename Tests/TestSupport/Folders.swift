public import Foundation

/// Where tests find data.
public enum Folders {
  /// The package's root.
  public static let package = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The bundled example that streams.
  public static let activity = package.appendingPathComponent("Tools/examples/activity")

  /// The bundled character model.
  public static let characters = package.appendingPathComponent("Tools/examples/characters")

  /// The bundled example.
  public static let japaneseVowels = package.appendingPathComponent(
    "Tools/examples/japanese_vowels")

  /// Trained networks beside the project, which not every machine has.
  public static let sharedModels = package.deletingLastPathComponent()
    .appendingPathComponent("shared/models")

  /// A kit of the shared networks, or nil where it is absent.
  public static func sharedModel(_ name: String) -> URL? {
    let folder = sharedModels.appendingPathComponent(name)
    return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
  }

  /// Runs `body` in a new folder that goes away afterwards.
  public static func withTemporary<Result>(
    _ body: (URL) throws -> Result
  ) throws -> Result {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("gru-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }
}

/// What is wrong with a file or a folder that the user named.
///
///     error: kws.safetensors: tensor 'gru.weight_hh_l0' has shape [96, 24], expected [72, 24]
///     note: hidden size 24 comes from 'gru.weight_ih_l0' with shape [72, 16]
public struct InputError: Error, Equatable {
  public enum Kind: Equatable, Sendable {
    /// The file cannot be opened at all.
    case noInput
    /// The file was read, but not what was expected.
    case badData
  }

  public var kind: Kind
  public var file: String
  public var message: String
  public var notes: [String]

  public init(_ file: String, _ message: String, notes: [String] = [], kind: Kind = .badData) {
    self.kind = kind
    self.file = file
    self.message = message
    self.notes = notes
  }

  /// Of what a line shows; names from a file can be as long as the file.
  private static let lineLimit = 1_000

  /// The lines that the user sees, without a final line feed.
  public var description: String {
    (["error: \(file): \(message)"] + notes).map { line in
      let line = printable(line)
      guard line.unicodeScalars.count > Self.lineLimit else { return line }
      return String(line.unicodeScalars.prefix(Self.lineLimit)) + "…"
    }.joined(separator: "\n")
  }
}

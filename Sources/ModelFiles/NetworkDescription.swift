import Foundation

/// `network.json`: which tensors form which layers.
///
///     { "format": 1,
///       "layers": [
///         { "kind": "gru", "tensors": "encoder.gru", "reset": "after", "candidate": "tanh" },
///         { "kind": "dense", "tensors": "fc", "activation": "none" } ] }
///
/// Keys that are not known are errors, so that a misspelt one is never taken for a default.
public struct NetworkDescription: Equatable {
  public enum Layer: Equatable {
    /// A stack of GRU layers that share a tensor name prefix.
    case gru(tensors: String, reset: ResetMode, candidate: Activation)
    case dense(tensors: String, activation: Activation)
  }

  public var layers: [Layer]

  public init(layers: [Layer]) { self.layers = layers }

  public init(path: String) throws(InputError) {
    try self.init(InputFile(path: path))
  }

  public init(_ file: InputFile) throws(InputError) {
    let json: JSON
    do {
      json = try JSON(file.bytes)
    } catch {
      throw file.error("\(error.message), at byte \(error.offset)")
    }
    guard json.members != nil else { throw file.error("is not a JSON object") }
    try allowKeys(["format", "layers"], in: json, at: "top level", of: file)
    guard json["format"]?.count == 1 else {
      throw file.error("format: is not 1, the only version that this program reads")
    }
    guard let entries = json["layers"]?.array, !entries.isEmpty else {
      throw file.error("layers: is missing or empty, expected a list of layers")
    }
    guard entries.count <= 16 else {
      throw file.error("layers: has \(entries.count) entries, expected at most 16")
    }
    layers = []
    for (index, entry) in entries.enumerated() {
      layers.append(try Self.layer(entry, at: "layers[\(index)]", of: file))
    }
  }

  private static func layer(
    _ json: JSON, at place: String, of file: InputFile
  ) throws(InputError) -> Layer {
    guard let tensors = json["tensors"]?.string else {
      throw file.error("\(place): 'tensors' is missing, expected the prefix of tensor names")
    }
    switch json["kind"]?.string {
    case "gru":
      try allowKeys(
        ["kind", "tensors", "layout", "reset", "candidate", "update"], in: json, at: place, of: file
      )
      _ = try choice("layout", ["pytorch"], in: json, at: place, of: file)
      _ = try choice("update", ["keeps"], in: json, at: place, of: file)
      let reset = try choice("reset", ["after", "before"], in: json, at: place, of: file)
      let candidate = try choice("candidate", ["tanh", "relu"], in: json, at: place, of: file)
      return .gru(
        tensors: tensors, reset: ResetMode(rawValue: reset)!,
        candidate: Activation(rawValue: candidate)!)
    case "dense":
      try allowKeys(["kind", "tensors", "activation"], in: json, at: place, of: file)
      let activation = try choice(
        "activation", Activation.allCases.map(\.rawValue), in: json, at: place, of: file)
      return .dense(tensors: tensors, activation: Activation(rawValue: activation)!)
    case let kind:
      throw file.error(
        "\(place): kind is \(kind.map { "'\($0)'" } ?? "missing"), expected 'gru' or 'dense'")
    }
  }

  /// One of several words; the first is the default.
  private static func choice(
    _ key: String, _ words: [String], in json: JSON, at place: String, of file: InputFile
  ) throws(InputError) -> String {
    guard let value = json[key] else { return words[0] }
    guard let word = value.string, words.contains(word) else {
      let expected = words.map { "'\($0)'" }.joined(separator: " or ")
      let found = value.string.map { "'\($0)'" } ?? "not a string"
      throw file.error("\(place): \(key) is \(found), expected \(expected)")
    }
    return word
  }
}

private func allowKeys(
  _ known: [String], in json: JSON, at place: String, of file: InputFile
) throws(InputError) {
  for member in json.members ?? [] where !known.contains(member.key) {
    throw file.error(
      "\(place): unknown key '\(member.key)', expected \(known.joined(separator: ", "))")
  }
}

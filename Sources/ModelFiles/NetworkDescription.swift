import Foundation

/// `network.json`: which tensors form which layers.
///
///     { "format": 1,
///       "input": { "mean": [0.1, …], "std": [1.2, …] },
///       "layers": [
///         { "kind": "embedding", "tensors": "encoder.embedding" },
///         { "kind": "gru", "tensors": "encoder.gru", "layout": "pytorch", "reset": "after",
///           "candidate": "tanh", "update": "keeps" },
///         { "kind": "dense", "tensors": "fc", "activation": "none" } ] }
///
/// Keys that are not known are errors, so that a misspelt one is never taken for a default.
public struct NetworkDescription: Equatable {
  public enum Layer: Equatable, Sendable {
    case embedding(tensors: String)
    /// The next layer reads one-hot vectors of this many tokens.
    case oneHot(size: Int)
    case gru(Cell)
    case dense(tensors: String, activation: Activation)
  }

  /// A GRU layer, or a stack of PyTorch's; what is nil is the layout's default.
  public struct Cell: Equatable, Sendable {
    public var tensors: String
    public var layout: Layout?
    public var reset: ResetMode?
    public var candidate: Activation
    public var update: UpdateMode?
    /// Another order than the layout's, for the self-check: see `SortedCell.reordered`.
    public var order: [Int]?

    public init(
      tensors: String, layout: Layout? = nil, reset: ResetMode? = nil,
      candidate: Activation = .tanh, update: UpdateMode? = nil
    ) {
      self.tensors = tensors
      self.layout = layout
      self.reset = reset
      self.candidate = candidate
      self.update = update
    }
  }

  public var standardisation: Standardisation?
  public var layers: [Layer]

  public static let layerLimit = 16
  /// Bytes; a description of 16 layers has a few thousand.
  static let sizeLimit = 1 << 20

  public init(layers: [Layer]) { self.layers = layers }

  public init(path: String) throws(InputError) {
    try self.init(InputFile(path: path, limit: Self.sizeLimit))
  }

  public init(_ file: InputFile) throws(InputError) {
    let json: JSON
    do throws(JSON.SyntaxError) {
      json = try JSON(file.bytes)
    } catch {
      throw file.error("\(error.message), at byte \(error.offset)")
    }
    guard json.members != nil else { throw file.error("is not a JSON object") }
    try allowKeys(["format", "input", "layers"], in: json, at: "top level", of: file)
    guard json["format"]?.count == 1 else {
      throw file.error("format: is not 1, the only version that this program reads")
    }
    guard let entries = json["layers"]?.array, !entries.isEmpty else {
      throw file.error("layers: is missing or empty, expected a list of layers")
    }
    guard entries.count <= Self.layerLimit else {
      throw file.error("layers: has \(entries.count) entries, expected at most \(Self.layerLimit)")
    }
    standardisation = try json["input"].map { input throws(InputError) in
      try Self.standardisation(input, of: file)
    }
    layers = []
    for (index, entry) in entries.enumerated() {
      layers.append(try Self.layer(entry, at: "layers[\(index)]", of: file))
    }
  }

  private static func standardisation(
    _ json: JSON, of file: InputFile
  ) throws(InputError) -> Standardisation {
    try allowKeys(["mean", "std"], in: json, at: "input", of: file)
    func numbers(_ key: String) throws(InputError) -> [Double] {
      let entries = json[key]?.array ?? []
      let values = entries.compactMap(\.double)
      guard !values.isEmpty, values.count == entries.count else {
        throw file.error("input: '\(key)' is missing or no list of numbers")
      }
      return values
    }
    let (mean, deviation) = (try numbers("mean"), try numbers("std"))
    guard mean.count == deviation.count else {
      throw file.error(
        "input: mean has \(mean.count) values and std \(deviation.count), expected as many")
    }
    guard deviation.allSatisfy({ $0 > 0 }) else {
      throw file.error("input: std has a value that is not above 0")
    }
    return Standardisation(mean: mean, deviation: deviation)
  }

  private static func layer(
    _ json: JSON, at place: String, of file: InputFile
  ) throws(InputError) -> Layer {
    func tensors() throws(InputError) -> String {
      guard let tensors = json["tensors"]?.string else {
        throw file.error("\(place): 'tensors' is missing, expected the prefix of tensor names")
      }
      return tensors
    }
    switch json["kind"]?.string {
    case "embedding":
      try allowKeys(["kind", "tensors"], in: json, at: place, of: file)
      return .embedding(tensors: try tensors())
    case "onehot":
      try allowKeys(["kind", "size"], in: json, at: place, of: file)
      guard let size = json["size"]?.count, (1...65_535).contains(size) else {
        throw file.error("\(place): 'size' is missing, expected the number of tokens")
      }
      return .oneHot(size: size)
    case "gru":
      try allowKeys(
        ["kind", "tensors", "layout", "reset", "candidate", "update"], in: json, at: place,
        of: file)
      let candidate = try choice("candidate", ["tanh", "relu"], in: json, at: place, of: file)
      var cell = Cell(
        tensors: try tensors(), candidate: candidate.flatMap(Activation.init) ?? .tanh)
      cell.layout = try choice(
        "layout", Layout.allCases.map(\.rawValue), in: json, at: place, of: file
      ).flatMap(Layout.init)
      cell.reset = try choice("reset", ["after", "before"], in: json, at: place, of: file)
        .flatMap(ResetMode.init)
      cell.update = try choice("update", ["keeps", "updates"], in: json, at: place, of: file)
        .flatMap(UpdateMode.init)
      return .gru(cell)
    case "dense":
      try allowKeys(["kind", "tensors", "activation"], in: json, at: place, of: file)
      let activation = try choice(
        "activation", Activation.allCases.map(\.rawValue), in: json, at: place, of: file)
      return .dense(
        tensors: try tensors(), activation: activation.flatMap(Activation.init) ?? .none)
    case let kind:
      throw file.error(
        "\(place): kind is \(kind.map { "'\($0)'" } ?? "missing"), "
          + "expected 'embedding', 'onehot', 'gru' or 'dense'",
        notes: suggestion(for: kind ?? "", among: ["embedding", "onehot", "gru", "dense"]))
    }
  }

  /// One of several words, or nil where the key is absent.
  private static func choice(
    _ key: String, _ words: [String], in json: JSON, at place: String, of file: InputFile
  ) throws(InputError) -> String? {
    guard let value = json[key] else { return nil }
    guard let word = value.string, words.contains(word) else {
      let expected = words.map { "'\($0)'" }.joined(separator: " or ")
      let found = value.string.map { "'\($0)'" } ?? "not a string"
      throw file.error(
        "\(place): \(key) is \(found), expected \(expected)",
        notes: suggestion(for: value.string ?? "", among: words))
    }
    return word
  }
}

private func allowKeys(
  _ known: [String], in json: JSON, at place: String, of file: InputFile
) throws(InputError) {
  for member in json.members ?? [] where !known.contains(member.key) {
    throw file.error(
      "\(place): unknown key '\(member.key)', expected \(listed(known))",
      notes: suggestion(for: member.key, among: known))
  }
}

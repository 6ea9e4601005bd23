import Foundation

/// Input data: sequences of feature vectors or of tokens, each starting from a fresh state.
public struct Sequences: Sendable {
  public struct Sequence: Sendable {
    /// `steps` × `width` values, one time step after the other: a slice of the file's, with its
    /// indices.
    public let values: Elements
    public let steps: Int

    public init(values: [Double], steps: Int) {
      self.init(values: Elements(values), steps: steps)
    }

    init(values: Elements, steps: Int) {
      self.values = values
      self.steps = steps
    }

    /// What a network reads at one step.
    public func input(at step: Int, width: Int) -> [Double] {
      values.values(from: values.startIndex + step * width, count: width)
    }

    /// Some of its steps.
    public func piece(_ range: Range<Int>, width: Int) -> Sequence {
      let start = values.startIndex
      return Sequence(
        values: values[start + range.lowerBound * width..<start + range.upperBound * width],
        steps: range.count)
    }
  }

  /// Features of one time step; 1 for tokens.
  public let width: Int
  public let isTokens: Bool
  public let sequences: [Sequence]

  /// Time steps of all sequences together.
  public var steps: Int { sequences.reduce(0) { $0 + $1.steps } }

  /// How many steps come before each sequence.
  public var starts: [Int] {
    var next = 0
    return sequences.map { sequence in
      defer { next += sequence.steps }
      return next
    }
  }

  public init(width: Int, isTokens: Bool = false, sequences: [Sequence]) {
    self.width = width
    self.isTokens = isTokens
    self.sequences = sequences
  }

  /// What a network reads at each step, to be held against data before they are taken up.
  public struct Reader: Sendable {
    var tokens: Bool
    var size: Int
    var notes: [String]

    /// - Parameters:
    ///   - size: values of a vector, or number of tokens.
    ///   - notes: lines below the error, where the data don't fit.
    public init(tokens: Bool, size: Int, notes: [String] = []) {
      (self.tokens, self.size, self.notes) = (tokens, size, notes)
    }
  }

  /// Sequences in a file. Each takes room of its own, whatever its length.
  private static let countLimit = 65_535

  /// Reads `.npy` data: floats of shape (T, I), one stream, or (N, T, I); integer tokens of shape
  /// (T) or (N, T). N lengths say where padded sequences end.
  ///
  /// - Throws: `InputError` about the data, also for vectors of another width than the reader's,
  ///   tokens out of its range, or one in place of the other.
  public init(
    path: String, lengths lengthsPath: String? = nil, for reader: Reader? = nil
  ) throws(InputError) {
    let array = try NPY(path: path)
    func wrong(_ what: String) -> InputError { InputError(path, what) }
    let expected = array.isInteger ? "tokens (T) or (N, T)" : "features (T, I) or (N, T, I)"
    let rank = array.isInteger ? 1 : 2
    guard array.shape.count == rank || array.shape.count == rank + 1 else {
      throw wrong("has shape \(array.shape), expected \(expected)")
    }
    guard !array.values.isEmpty else {
      throw wrong("has shape \(array.shape), expected at least one time step")
    }
    let width = array.isInteger ? 1 : array.shape.last!
    let count = array.shape.count == rank + 1 ? array.shape[0] : 1
    guard count <= Self.countLimit else {
      throw wrong("has \(count) sequences, expected at most \(Self.countLimit)")
    }
    let padded = array.values.count / count / width
    let lengths = try lengthsPath.map { path throws(InputError) in
      try Self.lengths(path: path, count: count, padded: padded)
    }
    let sequences = (0..<count).map { index in
      let (start, steps) = (index * padded * width, lengths?[index] ?? padded)
      return Sequence(values: array.values[start..<start + steps * width], steps: steps)
    }
    self.init(width: width, isTokens: array.isInteger, sequences: sequences)
    try reader?.check(self, from: path)
  }

  private static func lengths(
    path: String, count: Int, padded: Int
  ) throws(InputError) -> [Int] {
    let array = try NPY(path: path)
    guard array.isInteger, array.shape == [count] else {
      let found = array.isInteger ? "integers" : "floats"
      throw InputError(
        path, "has \(found) of shape \(array.shape), expected integers of shape [\(count)]")
    }
    if let wrong = array.values.firstIndex(where: { !(1...Double(padded)).contains($0) }) {
      throw InputError(
        path, "length \(wrong) is \(whole(array.values[wrong])), expected 1 to \(padded)")
    }
    return array.values.map { Int($0) }
  }
}

extension Sequences.Reader {
  fileprivate func check(_ data: Sequences, from path: String) throws(InputError) {
    guard data.isTokens == tokens else {
      throw InputError(
        path,
        data.isTokens
          ? "has integers, which are tokens, expected float features"
          : "has floats, expected integer tokens", notes: notes)
    }
    guard tokens else {
      guard data.width == size else {
        throw InputError(
          path, "has \(data.width) features per step, expected \(size)", notes: notes)
      }
      return
    }
    for (index, sequence) in data.sequences.enumerated() {
      let wrong = sequence.values.enumerated().first { !(0..<Double(size)).contains($0.element) }
      guard let wrong else { continue }
      throw InputError(
        path,
        "token \(wrong.offset) of sequence \(index) is \(whole(wrong.element)), "
          + "expected 0 to \(size - 1)", notes: notes)
    }
  }
}

/// A whole number of any size; int64 reaches beyond what `Int(_:)` takes from a Double.
private func whole(_ value: Double) -> String { String(format: "%.0f", value) }

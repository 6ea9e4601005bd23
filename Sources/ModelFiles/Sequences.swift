import Foundation

/// Input data: sequences of feature vectors or of tokens, each starting from a fresh state.
public struct Sequences: Sendable {
  public struct Sequence: Sendable {
    /// `steps` × `width` values, one time step after the other.
    public var values: [Double]
    public var steps: Int

    public init(values: [Double], steps: Int) {
      self.values = values
      self.steps = steps
    }

    /// What a network reads at one step.
    public func input(at step: Int, width: Int) -> [Double] {
      Array(values[step * width..<(step + 1) * width])
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

  /// Reads `.npy` data: floats of shape (T, I), one stream, or (N, T, I); integer tokens of shape
  /// (T) or (N, T). N lengths say where padded sequences end.
  public init(path: String, lengths lengthsPath: String? = nil) throws(InputError) {
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
    isTokens = array.isInteger
    let width = array.isInteger ? 1 : array.shape.last!
    let count = array.shape.count == rank + 1 ? array.shape[0] : 1
    let padded = array.values.count / count / width
    let lengths = try lengthsPath.map { path throws(InputError) in
      try Self.lengths(path: path, count: count, padded: padded)
    }
    self.width = width
    if count == 1, lengths == nil {
      sequences = [Sequence(values: array.values, steps: padded)]
      return
    }
    sequences = (0..<count).map { index in
      let steps = lengths?[index] ?? padded
      let start = index * padded * width
      return Sequence(
        values: Array(array.values[start..<start + steps * width]), steps: steps)
    }
  }

  /// Checks that a network can read this data.
  ///
  /// - Throws: `InputError` about `path`, for vectors of another width, tokens out of range, or one
  ///   in place of the other.
  public func require(
    tokens: Bool, size: Int, _ path: String, notes: [String] = []
  ) throws(InputError) {
    guard isTokens == tokens else {
      throw InputError(
        path,
        isTokens
          ? "has integers, which are tokens, expected float features"
          : "has floats, expected integer tokens", notes: notes)
    }
    if tokens {
      for (index, sequence) in sequences.enumerated() {
        guard let step = sequence.values.firstIndex(where: { !(0..<Double(size)).contains($0) })
        else { continue }
        throw InputError(
          path,
          "token \(step) of sequence \(index) is \(whole(sequence.values[step])), "
            + "expected 0 to \(size - 1)", notes: notes)
      }
    } else if width != size {
      throw InputError(path, "has \(width) features per step, expected \(size)", notes: notes)
    }
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

/// A whole number of any size; int64 reaches beyond what `Int(_:)` takes from a Double.
private func whole(_ value: Double) -> String { String(format: "%.0f", value) }

/// Input data: sequences of feature vectors, each starting from a fresh state.
public struct Sequences {
  public struct Sequence {
    /// `steps` × `width` values, one time step after the other.
    public var values: [Double]
    public var steps: Int

    public init(values: [Double], steps: Int) {
      self.values = values
      self.steps = steps
    }
  }

  /// Features of one time step.
  public let width: Int
  public let sequences: [Sequence]

  /// Time steps of all sequences together.
  public var steps: Int { sequences.reduce(0) { $0 + $1.steps } }

  public init(width: Int, sequences: [Sequence]) {
    self.width = width
    self.sequences = sequences
  }

  /// Reads `.npy` data of shape (T, I), one stream, or (N, T, I), with N lengths where sequences
  /// are padded.
  public init(path: String, lengths lengthsPath: String? = nil) throws(InputError) {
    let array = try NPY(path: path)
    func wrong(_ what: String) -> InputError { InputError(path, what) }
    guard !array.isInteger else {
      throw wrong("has integers, which are tokens, expected float32 feature vectors")
    }
    guard array.shape.count >= 2 else {
      throw wrong("has shape \(array.shape), expected (T, I) or (N, T, I)")
    }
    guard !array.values.isEmpty else {
      throw wrong("has shape \(array.shape), expected at least one time step")
    }
    let width = array.shape.last!
    let count = array.shape.count == 3 ? array.shape[0] : 1
    let padded = array.shape[array.shape.count - 2]
    let lengths = try lengthsPath.map { path throws(InputError) in
      try Self.lengths(path: path, count: count, padded: padded)
    }
    self.width = width
    sequences = (0..<count).map { index in
      let steps = lengths?[index] ?? padded
      let start = index * padded * width
      return Sequence(
        values: Array(array.values[start..<start + steps * width]), steps: steps)
    }
  }

  private static func lengths(
    path: String, count: Int, padded: Int
  ) throws(InputError) -> [Int] {
    let array = try NPY(path: path)
    guard array.isInteger, array.shape == [count] else {
      throw InputError(path, "has shape \(array.shape), expected integers of shape [\(count)]")
    }
    if let wrong = array.values.firstIndex(where: { !(1...Double(padded)).contains($0) }) {
      throw InputError(
        path, "length \(wrong) is \(Int(array.values[wrong])), expected 1 to \(padded)")
    }
    return array.values.map { Int($0) }
  }
}

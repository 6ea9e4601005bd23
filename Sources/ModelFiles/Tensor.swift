/// A named array of numbers, in C order: the last index runs fastest.
public struct Tensor: Equatable, Sendable {
  public var name: String
  public var shape: [Int]
  /// Width and kind as the file's format names them, for messages.
  public var dtype: String
  public var values: Elements

  public init(name: String, shape: [Int], dtype: String, values: Elements) {
    self.name = name
    self.shape = shape
    self.dtype = dtype
    self.values = values
  }
}

/// Refuses more tensors than any network has.
func checkTensorCount(_ count: Int, in file: InputFile) throws(InputError) {
  let limit = 4096
  guard count <= limit else {
    throw file.error("has \(count) tensors, expected at most \(limit)")
  }
}

/// Refuses names that no framework gives and no terminal shows.
func checkTensorName(_ name: String, in file: InputFile) throws(InputError) {
  let limit = 512
  guard name.utf8.count <= limit else {
    throw file.error("a tensor's name has \(name.utf8.count) bytes, expected at most \(limit)")
  }
  guard printable(name) == name else {
    throw file.error("tensor '\(name)' has a control character in its name")
  }
}

/// Elements of a shape, or nil where their number overflows or passes what a file can hold.
func elementCount(_ shape: [Int]) -> Int? {
  var count = 1
  for dimension in shape {
    let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
    guard !overflow, product <= InputFile.sizeLimit else { return nil }
    count = product
  }
  return count
}

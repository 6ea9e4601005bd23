/// A named array of numbers, in C order: the last index runs fastest.
public struct Tensor: Equatable {
  public var name: String
  public var shape: [Int]
  /// Width and kind as the file's format names them, for messages.
  public var dtype: String
  /// Every supported element type is exact in Double.
  public var values: [Double]

  public init(name: String, shape: [Int], dtype: String, values: [Double]) {
    self.name = name
    self.shape = shape
    self.dtype = dtype
    self.values = values
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

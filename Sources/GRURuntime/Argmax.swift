/// The index of the largest value, the first of equals; 0 of none.
public func argmax(_ values: Span<Int32>) -> Int {
  var best = 0
  for index in values.indices where values[index] > values[best] {
    best = index
  }
  return best
}

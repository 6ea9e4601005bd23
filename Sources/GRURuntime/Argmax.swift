/// The index of the largest value, the first of equals; 0 of none.
public func argmax(_ values: Span<Int32>) -> Int {
  unsafe values.withUnsafeBufferPointer { values in
    guard let first = values.baseAddress else { return 0 }
    return unsafe argmax(first, count: values.count)
  }
}

func argmax(_ values: UnsafePointer<Int32>, count: Int) -> Int {
  var best = 0
  var index = 1
  while index < count {
    if unsafe values[index] > values[best] { best = index }
    index &+= 1
  }
  return best
}

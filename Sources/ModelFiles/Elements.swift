import Foundation

/// The numbers of an array, in C order, as the file holds them.
///
/// Each is converted when it is asked for: as doubles, narrow ones would take up to eight times the
/// file before anything else is known of it.
public struct Elements: RandomAccessCollection, Sendable {
  private let type: ElementType
  /// Of the whole array, whatever part of it this is.
  private let data: Data
  /// The whole array's shape, where its first index runs fastest in the file.
  private let fortranShape: [Int]?
  public let startIndex: Int
  public let endIndex: Int

  /// - Parameter data: of any size that is a multiple of the type's.
  init(_ type: ElementType, _ data: Data, fortranShape: [Int]? = nil) {
    self.init(type, data, fortranShape, 0..<data.count / type.size)
  }

  /// Numbers of this program's own.
  public init(_ values: [Double]) {
    self.init(.float64, values.withUnsafeBytes { Data($0) })
  }

  private init(_ type: ElementType, _ data: Data, _ fortranShape: [Int]?, _ range: Range<Int>) {
    self.type = type
    self.data = data
    self.fortranShape = fortranShape
    (startIndex, endIndex) = (range.lowerBound, range.upperBound)
  }

  public subscript(position: Int) -> Double {
    precondition((startIndex..<endIndex).contains(position))
    return data.withUnsafeBytes { type.value(place(of: position), of: $0) }
  }

  public subscript(range: Range<Int>) -> Elements {
    precondition((startIndex...endIndex).contains(range.lowerBound) && range.upperBound <= endIndex)
    return Elements(type, data, fortranShape, range)
  }

  /// `count` numbers, each `stride` behind the one before it.
  public func values(from start: Int, stride: Int = 1, count: Int) -> [Double] {
    precondition(
      count == 0 || (indices.contains(start) && indices.contains(start + (count - 1) * stride)))
    return data.withUnsafeBytes { bytes in
      (0..<count).map { type.value(place(of: start + $0 * stride), of: bytes) }
    }
  }

  /// Where in the file the element stands that is at `position` in C order.
  private func place(of position: Int) -> Int {
    guard let fortranShape else { return position }
    var (rest, place, stride) = (position, 0, data.count / type.size)
    for dimension in fortranShape.reversed() {
      stride /= dimension
      place += rest % dimension * stride
      rest /= dimension
    }
    return place
  }
}

extension Elements {
  /// Converts some thousand numbers at a time.
  public struct Iterator: IteratorProtocol {
    private var rest: Elements
    private var converted: IndexingIterator<[Double]> = [].makeIterator()

    fileprivate init(_ elements: Elements) { rest = elements }

    public mutating func next() -> Double? {
      if let value = converted.next() { return value }
      guard !rest.isEmpty else { return nil }
      let count = Swift.min(4096, rest.count)
      converted = rest.values(from: rest.startIndex, stride: 1, count: count).makeIterator()
      rest = rest[rest.startIndex + count..<rest.endIndex]
      return converted.next()
    }
  }

  public func makeIterator() -> Iterator { Iterator(self) }
}

extension Elements: Equatable {
  public static func == (a: Elements, b: Elements) -> Bool { a.elementsEqual(b) }
}

extension Elements {
  /// "3 values that are NaN or infinite, the first at index 5, expected finite numbers"; nil where
  /// all are finite.
  var whatIsNotFinite: String? {
    guard let first = enumerated().first(where: { !$0.element.isFinite })?.offset else {
      return nil
    }
    return "\(count { !$0.isFinite }) values that are NaN or infinite, "
      + "the first at index \(first), expected finite numbers"
  }
}

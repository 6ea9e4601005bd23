/// Rows × columns of a tensor's elements, which stay as the file has them until all is known of the
/// layer that they belong to.
struct StoredMatrix {
  let rows: Int
  let columns: Int
  private let elements: Elements
  private let start: Int
  /// Elements from a row to the next, and from a column to the next.
  private let rowStride: Int
  private let columnStride: Int

  /// All of a tensor's elements, row after row.
  init(rows: Int, columns: Int, _ elements: Elements) {
    self.init(
      rows: rows, columns: columns, elements, start: elements.startIndex, rowStride: columns,
      columnStride: 1)
  }

  private init(
    rows: Int, columns: Int, _ elements: Elements, start: Int, rowStride: Int, columnStride: Int
  ) {
    (self.rows, self.columns, self.elements) = (rows, columns, elements)
    (self.start, self.rowStride, self.columnStride) = (start, rowStride, columnStride)
  }

  var count: Int { rows * columns }

  var transposed: StoredMatrix {
    StoredMatrix(
      rows: columns, columns: rows, elements, start: start, rowStride: columnStride,
      columnStride: rowStride)
  }

  /// Rows `block`·`size` to the next block.
  func rowBlock(_ block: Int, _ size: Int) -> StoredMatrix {
    StoredMatrix(
      rows: size, columns: columns, elements, start: start + block * size * rowStride,
      rowStride: rowStride, columnStride: columnStride)
  }

  func columnRange(_ range: Range<Int>) -> StoredMatrix {
    StoredMatrix(
      rows: rows, columns: range.count, elements,
      start: start + range.lowerBound * columnStride, rowStride: rowStride,
      columnStride: columnStride)
  }

  /// The numbers as the network has them.
  var real: RealMatrix {
    var values: [Double] = []
    values.reserveCapacity(count)
    for row in 0..<rows {
      values += elements.values(
        from: start + row * rowStride, stride: columnStride, count: columns)
    }
    return RealMatrix(rows: rows, columns: columns, values: values)
  }
}

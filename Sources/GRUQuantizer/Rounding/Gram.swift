import ModelFiles

/// Σ f·fᵀ over many vectors f: which directions of a row matter.
///
/// Sums in Float over short blocks, and in Double over the blocks.
struct Gram {
  let size: Int
  /// Row length of `values` and of the vectors in memory, filled up with zeros.
  let stride: Int
  /// The upper triangle, in tiles: entries left of the diagonal's tile are not kept.
  private var values: [Double]

  /// Columns and rows of a tile.
  private static let (tileColumns, tileRows) = (8, 4)

  init(size: Int) {
    self.size = size
    stride = Self.stride(of: size)
    values = Array(repeating: 0, count: stride * stride)
  }

  /// The length that vectors of `size` values are filled up to.
  static func stride(of size: Int) -> Int {
    (size + tileColumns - 1) / tileColumns * tileColumns
  }

  /// Adds `count` vectors, `stride` apart. Few at a time keep them in the first cache.
  mutating func add(_ vectors: UnsafePointer<Float>, count: Int) {
    values.withUnsafeMutableBufferPointer { values in
      for row in Swift.stride(from: 0, to: stride, by: Self.tileRows) {
        let first = row / Self.tileColumns * Self.tileColumns
        for column in Swift.stride(from: first, to: stride, by: Self.tileColumns) {
          var sums = (SIMD8<Float>(), SIMD8<Float>(), SIMD8<Float>(), SIMD8<Float>())
          var vector = vectors
          for _ in 0..<count {
            let right = UnsafeRawPointer(vector + column).loadUnaligned(as: SIMD8<Float>.self)
            sums.0 += right * vector[row]
            sums.1 += right * vector[row + 1]
            sums.2 += right * vector[row + 2]
            sums.3 += right * vector[row + 3]
            vector += stride
          }
          var target = UnsafeMutableRawPointer(values.baseAddress! + row * stride + column)
          func addRow(_ sums: SIMD8<Float>) {
            let sum = target.loadUnaligned(as: SIMD8<Double>.self) + SIMD8<Double>(sums)
            target.storeBytes(of: sum, as: SIMD8<Double>.self)
            target += stride * MemoryLayout<Double>.stride
          }
          addRow(sums.0)
          addRow(sums.1)
          addRow(sums.2)
          addRow(sums.3)
        }
      }
    }
  }

  /// `size` × `size`, whole.
  var matrix: SymmetricMatrix {
    var result = SymmetricMatrix(size: size)
    for row in 0..<size {
      for column in row..<size {
        result[row, column] = values[row * stride + column]
        result[column, row] = result[row, column]
      }
    }
    return result
  }
}

/// A symmetric matrix, all of it stored, row after row.
struct SymmetricMatrix {
  let size: Int
  private(set) var values: [Double]

  init(size: Int) {
    self.size = size
    values = Array(repeating: 0, count: size * size)
  }

  subscript(row: Int, column: Int) -> Double {
    get { values[row * size + column] }
    set { values[row * size + column] = newValue }
  }

  /// The product with a vector.
  func callAsFunction(_ vector: [Double]) -> [Double] {
    values.withUnsafeBufferPointer { values in
      vector.withUnsafeBufferPointer { vector in
        (0..<size).map {
          dot(values.baseAddress! + $0 * size, vector.baseAddress!, count: size)
        }
      }
    }
  }

  /// An upper triangle A, row after row, with A·Aᵀ = the matrix of some columns, in an order that
  /// it chooses; nil where there is none, because the matrix is not positive definite.
  ///
  /// Aⱼⱼ² is what column j varies when the columns after it are known. From the last place to the
  /// first, the column with the least of it is taken, counted in the square of its unit: so the sum
  /// of all, which is what successive rounding leaves, stays small.
  ///
  /// - Parameters:
  ///   - blocks: columns that keep together; blocks keep their order.
  ///   - units: of every column.
  func upperFactor(
    of blocks: [[Int]], units: [Double]
  ) -> (columns: [Int], values: [Double])? {
    var columns = blocks.flatMap(\.self)
    let starts = blocks.indices.flatMap { block in
      blocks[block].map { _ in blocks[..<block].reduce(0) { $0 + $1.count } }
    }
    let count = columns.count
    // Left of the column at hand what is not explained yet, from there on the factor.
    var factor = columns.flatMap { row in columns.map { self[row, $0] } }
    let succeeded = factor.withUnsafeMutableBufferPointer { factor in
      for last in (0..<count).reversed() {
        let least = (starts[last]...last).min {
          factor[$0 * count + $0] * units[columns[$0]] * units[columns[$0]]
            < factor[$1 * count + $1] * units[columns[$1]] * units[columns[$1]]
        }!
        columns.swapAt(least, last)
        for index in 0..<count { factor.swapAt(least * count + index, last * count + index) }
        for index in 0...last { factor.swapAt(index * count + least, index * count + last) }
        let variance = factor[last * count + last]
        guard variance > 0 else { return false }
        let deviation = variance.squareRoot()
        factor[last * count + last] = deviation
        let known = (0..<last).map { factor[$0 * count + last] / deviation }
        for row in 0..<last {
          factor[row * count + last] = known[row]
          factor[last * count + row] = 0
          let share = known[row]
          for column in 0..<last { factor[row * count + column] -= share * known[column] }
        }
      }
      return true
    }
    return succeeded ? (columns, factor) : nil
  }
}

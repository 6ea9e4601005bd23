import ModelFiles
import TestSupport
import Testing

@testable import GRUQuantizer

/// Vectors whose components go together, as features and states do.
private func correlated(_ size: Int, count: Int, seed: UInt64) -> [[Double]] {
  var generator = SeededGenerator(seed: seed)
  return (0..<count).map { _ in
    let common = Double.random(in: -1...1, using: &generator)
    return (0..<size).map {
      0.3 * common * Double($0 % 3) + .random(in: -0.3...0.5, using: &generator)
    }
  }
}

/// Σ v·vᵀ, as the definition has it.
func moment(_ vectors: [[Double]]) -> SymmetricMatrix {
  var result = SymmetricMatrix(size: vectors[0].count)
  for vector in vectors {
    for row in vector.indices {
      for column in vector.indices { result[row, column] += vector[row] * vector[column] }
    }
  }
  return result
}

@Suite("Second moments") struct GramTests {
  @Test("tiles and blocks add up to the definition", arguments: [1, 7, 8, 13, 40])
  func definition(size: Int) {
    let vectors = correlated(size, count: 70, seed: UInt64(size))
    var gram = Gram(size: size)
    let flat = vectors.flatMap { vector in
      vector.map { Float($0) } + Array(repeating: 0, count: gram.stride - size)
    }
    flat.withUnsafeBufferPointer { flat in
      gram.add(flat.baseAddress!, count: 32)
      gram.add(flat.baseAddress! + 32 * gram.stride, count: 38)
    }
    let (expected, found) = (moment(vectors), gram.matrix)
    for (a, b) in zip(expected.values, found.values) { #expect(abs(a - b) < 1e-4) }
  }

  @Test("a factor times its transpose is the matrix, in an order with the least variance last")
  func factor() throws {
    let matrix = moment(correlated(6, count: 40, seed: 2))
    let units = [1, 3, 0.5, 2, 1, 0.2]
    let (columns, factor) = try #require(
      matrix.upperFactor(of: [[4, 0, 5], [2, 3]], units: units))
    #expect(Set(columns.prefix(3)) == [0, 4, 5] && Set(columns.suffix(2)) == [2, 3])
    func variance(_ place: Int) -> Double {
      let deviation = factor[place * 5 + place] * units[columns[place]]
      return deviation * deviation
    }
    for (row, first) in columns.enumerated() {
      for (column, second) in columns.enumerated() {
        let product = (0..<5).reduce(0) { $0 + factor[row * 5 + $1] * factor[column * 5 + $1] }
        #expect(abs(product - matrix[first, second]) < 1e-12)
        #expect(column >= row || factor[row * 5 + column] == 0)
      }
    }
    // With nothing after it, a column's variance is the diagonal.
    let least = [2, 3].map { matrix[$0, $0] * units[$0] * units[$0] }.min()!
    #expect(abs(variance(4) - least) < 1e-12)
    // What any other column of the block would vary in the third place, by elimination.
    for other in columns.prefix(2) {
      let rest = [other] + columns.suffix(2)
      let alone =
        try #require(
          matrix.upperFactor(of: rest.map { [$0] }, units: units)
        ).values[0] * units[other]
      #expect(alone * alone >= variance(2))
    }
    #expect(moment([[1, 1]]).upperFactor(of: [[0, 1]], units: [1, 1]) == nil)
  }
}

@Suite("Rounded rows") struct RoundedRowTests {
  private func loss(_ difference: [Double], _ gram: SymmetricMatrix) -> Double {
    zip(difference, gram(difference)).reduce(0) { $0 + $1.0 * $1.1 }
  }

  @Test("no integers within two of a row of three serve better, except in one row of a hundred")
  func exhaustive() {
    var generator = SeededGenerator(seed: 7)
    var worse = 0
    for trial in 0..<200 {
      // The last component is 1: a bias.
      let gram = moment(correlated(3, count: 60, seed: UInt64(trial)).map { $0 + [1] })
      let row = (0..<4).map { _ in Double.random(in: -9...9, using: &generator) }
      var group = RoundedRow.Group(row[0..<3], at: 0..<3, .int8)
      group.scale = 1
      var rounded = RoundedRow(row, groups: [group])
      rounded.compensate(row, gram)
      var best = Double.infinity
      for code in 0..<125 {
        var q = row
        for column in 0..<3 {
          let offset = code / [1, 5, 25][column] % 5 - 2
          q[column] = row[column].rounded() + Double(offset)
        }
        var d = zip(q, row).map(-)
        d[3] = -(0..<3).reduce(0) { $0 + gram[3, $1] * d[$1] } / gram[3, 3]
        best = min(best, loss(d, gram))
      }
      if loss(zip(rounded.values, row).map(-), gram) > best * 1.0001 { worse += 1 }
    }
    #expect(worse <= 2)
  }

  @Test("where descent ends, no integer that moves by one lowers the loss")
  func descended() {
    var generator = SeededGenerator(seed: 11)
    for trial in 0..<40 {
      let gram = moment(correlated(12, count: 60, seed: UInt64(trial)).map { $0 + [1] })
      let row = (0..<13).map { _ in Double.random(in: -1...1, using: &generator) }
      var rounded = RoundedRow(row, groups: [.init(row[0..<12], at: 0..<12, .int8)])
      rounded.descend(gram, toward: gram(row))
      let scale = rounded.groups[0].scale
      let difference = zip(rounded.values, row).map(-)
      let least = loss(difference, gram)
      for (column, integer) in rounded.integers(of: rounded.groups[0]).enumerated() {
        for step in [-1.0, 1] where abs(Double(integer) + step) <= 127 {
          var other = difference
          other[column] += step * scale
          #expect(loss(other, gram) >= least * 0.999_999)
        }
      }
    }
  }

  @Test("int8 columns leave no more than rounding them does while int16 columns are free")
  func fineColumns() throws {
    var generator = SeededGenerator(seed: 12)
    var (found, expected) = (0.0, 0.0)
    for trial in 0..<100 {
      let gram = moment(correlated(16, count: 60, seed: UInt64(trial)).map { $0 + [1] })
      let row = (0..<17).map { _ in Double.random(in: -9...9, using: &generator) }
      var groups = [
        RoundedRow.Group(row[0..<8], at: 0..<8, .int8), .init(row[8..<16], at: 8..<16, .int16),
      ]
      (groups[0].scale, groups[1].scale) = (1, 0x1p-10)
      var rounded = RoundedRow(row, groups: groups, steps: .all.subtracting(.scales))
      rounded.compensate(row, gram)
      found += loss(zip(rounded.values, row).map(-), gram)
      // Each error is uniform over one unit: Aⱼⱼ²/12 of the int8 columns.
      let factor = try #require(
        gram.upperFactor(
          of: [Array(0..<8), Array(8..<17)], units: Array(repeating: 1, count: 17)))
      expected += (0..<8).reduce(0) { $0 + factor.values[18 * $1] * factor.values[18 * $1] } / 12
    }
    #expect(found < expected)
  }

  @Test("no weight leaves its format, and data without any signal changes nothing")
  func limits() {
    let row = [127.4, -127.4, 127.4, -127.4, 127.4, -127.4, 0.5]
    var group = RoundedRow.Group(row[0..<6], at: 0..<6, .int8)
    group.scale = 1
    var rounded = RoundedRow(row, groups: [group])
    rounded.compensate(row, moment(correlated(7, count: 50, seed: 5)))
    #expect(rounded.integers(of: rounded.groups[0]).allSatisfy { abs($0) <= 127 })
    let nearest = RoundedRow(row, groups: [group])
    var silent = nearest
    silent.compensate(row, SymmetricMatrix(size: 7).damped([group], by: 0.01))
    #expect(silent.integers(of: group) == nearest.integers(of: group))
  }

  @Test("beside a group that stays on its grid, the bias ends where the loss is flat")
  func besideGrid() {
    let row: [Double] = [-128, 3, 77].map { $0 / 64.0 } + [1.17, -0.61, 0.33, 0.3]
    let gram = moment(correlated(6, count: 60, seed: 8).map { $0 + [1] })
    let groups = [
      RoundedRow.Group(row[0..<3], at: 0..<3, .int8), .init(row[3..<6], at: 3..<6, .int8),
    ]
    #expect(groups[0].isExact && !groups[1].isExact)
    var rounded = RoundedRow(row, groups: groups)
    rounded.compensate(row, gram)
    let slope = gram(zip(rounded.values, row).map(-))
    #expect(Array(rounded.values[0..<3]) == Array(row[0..<3]))
    #expect(abs(slope[6]) < 1e-9)
  }

  @Test("rows on a grid are left alone, and so is their scale")
  func grid() {
    let row: [Double] = [-128, 3, 77, 5].map { $0 / 64.0 } + [0.3]
    let group = RoundedRow.Group(row[0..<4], at: 0..<4, .int8)
    var rounded = RoundedRow(row, groups: [group])
    rounded.compensate(row, moment(correlated(5, count: 50, seed: 6)))
    #expect(rounded.integers(of: rounded.groups[0]) == [-128, 3, 77, 5])
    #expect(rounded.groups[0].scale == 1.0 / 64 && rounded.values == row)
  }
}

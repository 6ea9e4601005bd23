import CGRU
import ModelFiles

/// How the weights of a matrix lie in memory; `gru_model.h` draws them.
public enum WeightLayout: String, Sendable, CaseIterable {
  case quads
  case pairs
  case wide
  case tokens

  /// The header's constant.
  public var code: UInt8 {
    switch self {
    case .quads: UInt8(GRU_LAYOUT_QUADS)
    case .pairs: UInt8(GRU_LAYOUT_PAIRS)
    case .wide: UInt8(GRU_LAYOUT_WIDE)
    case .tokens: UInt8(GRU_LAYOUT_TOKENS)
    }
  }
}

extension QuantizedNetwork {
  /// The same network, with all int8 matrices in one layout; matrices that it cannot hold keep
  /// quads.
  public func laidOut(as layout: WeightLayout) -> QuantizedNetwork {
    var result = self
    result.layers = layers.map { layer in
      switch layer {
      case .embedding: return layer
      case .cell(var cell):
        cell.input = cell.input.map { $0.laidOut(as: layout) }
        cell.recurrent = cell.recurrent.map { $0.laidOut(as: layout) }
        return .cell(cell)
      case .dense(var dense):
        dense.weights = dense.weights.laidOut(as: layout)
        return .dense(dense)
      }
    }
    return result
  }
}

extension QuantizedNetwork {
  /// The layout of int8 matrices: pairs if any has it, for the others are those that cannot.
  var layout: WeightLayout {
    layers.flatMap(\.namedMatrices).contains { $0.matrix.layout == .pairs } ? .pairs : .quads
  }
}

extension QuantizedMatrix {
  func laidOut(as layout: WeightLayout) -> QuantizedMatrix {
    guard format == .int8 else { return self }
    var result = self
    result.layout = layout == .pairs && !fitsPairs ? .quads : layout
    return result
  }

  /// 256·b + a fits a halfword unless b is −128 and a negative.
  private var fitsPairs: Bool {
    stride(from: 1, to: rows, by: 2).allSatisfy { row in
      zip(self.row(row - 1), self.row(row)).allSatisfy { a, b in b > -128 || a >= 0 }
    }
  }

  /// The weights as 32-bit words, quad after quad; none of a table of tokens.
  var words: [UInt32] {
    switch layout {
    case .tokens: []
    case .quads where format == .int8:
      eachQuad { row in
        (0..<columns).map { column in
          (0..<4).reduce(0) {
            $0 | UInt32(weight(row + $1, column) + 128) << (8 * $1)
          }
        }
      }
    case .quads:
      eachQuad { row in halfwords(of: Array(row..<row + 4)) { weight($0, $1) } }
    case .wide:
      eachQuad { row in
        packed(
          stride(from: 0, to: columns, by: 8).flatMap { column in
            (row..<row + 4).flatMap { row in (column..<column + 8).map { weight(row, $0) } }
          })
      }
    case .pairs:
      eachQuad { row in
        halfwords(of: [row, row + 2]) { weight($0, $1) + 256 * weight($0 + 1, $1) }
      }
    }
  }

  /// The same matrix with weights read back from the words of its layout; nil where no weights have
  /// these words.
  ///
  /// - Precondition: there are as many words as the matrix has now.
  func with(words: [UInt32]) -> QuantizedMatrix? {
    var result = self
    let halves = words.flatMap {
      [Int16(truncatingIfNeeded: $0), Int16(truncatingIfNeeded: $0 >> 16)]
    }
    for row in 0..<rows {
      let (quad, place) = (row / 4, row % 4)
      for column in 0..<columns {
        /// Where a column's halfword lies in a quad whose column pairs take `width` halfwords.
        func half(_ row: Int, of width: Int) -> Int {
          let inPair = column == columns - 1 && columns % 2 == 1 ? row : 2 * row + column % 2
          return quad * width * columns / 2 + column / 2 * width + inPair
        }
        let weight: Int16
        switch layout {
        case .tokens: return nil
        case .quads where format == .int8:
          let word = words[quad * columns + column]
          weight = Int16(UInt8(truncatingIfNeeded: word >> UInt32(8 * place))) - 128
        case .quads: weight = halves[half(place, of: 8)]
        case .wide:
          let block = (quad * ((columns + 7) / 8) + column / 8) * 4 + place
          weight = halves[8 * block + column % 8]
        case .pairs:
          let pair = Int(halves[half(place / 2, of: 4)])
          let even = Int(Int8(truncatingIfNeeded: pair))
          weight = Int16(place % 2 == 0 ? even : (pair - even) / 256)
        }
        result.weights[row * columns + column] = weight
      }
    }
    return result.words == words ? result : nil
  }

  private func eachQuad(_ words: (_ row: Int) -> [UInt32]) -> [UInt32] {
    stride(from: 0, to: rows, by: 4).flatMap(words)
  }

  /// For two columns a word of each row, low half first; a last column alone shares words among
  /// rows.
  private func halfwords(
    of rows: [Int], _ value: (_ row: Int, _ column: Int) -> Int
  ) -> [UInt32] {
    var halves: [Int] = []
    for column in stride(from: 0, to: columns - 1, by: 2) {
      for row in rows { halves += [value(row, column), value(row, column + 1)] }
    }
    if columns % 2 == 1 { halves += rows.map { value($0, columns - 1) } }
    return packed(halves)
  }

  /// Rows and columns beyond the last hold zeros.
  func weight(_ row: Int, _ column: Int) -> Int {
    row < rows && column < columns ? Int(weights[row * columns + column]) : 0
  }
}

/// Pairs of halfwords as words, low half first.
private func packed(_ halfwords: [Int]) -> [UInt32] {
  stride(from: 0, to: halfwords.count, by: 2).map { index in
    UInt32(UInt16(truncatingIfNeeded: halfwords[index]))
      | UInt32(UInt16(truncatingIfNeeded: halfwords[index + 1])) << 16
  }
}

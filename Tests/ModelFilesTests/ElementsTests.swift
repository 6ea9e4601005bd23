import Foundation
import TestSupport
import Testing

@testable import ModelFiles

@Suite("Elements") struct ElementsTests {
  private let bytes = Data((0..<120).map { UInt8($0) })

  @Test("iterated, indexed, sliced and strided, they are the same", arguments: [1, 2, 4, 8])
  func access(size: Int) throws {
    let types: [Int: ElementType] = [1: .int8, 2: .uint16, 4: .float32, 8: .int64]
    let elements = Elements(try #require(types[size]), bytes)
    let all = Array(elements)
    #expect(all.count == 120 / size && elements.count == all.count)
    #expect(elements.indices.map { elements[$0] } == all)
    #expect(Array(elements[3..<7]) == Array(all[3..<7]))
    #expect(elements[3..<7].startIndex == 3 && elements[3..<7][5] == all[5])
    #expect(elements.values(from: 2, stride: 4, count: 3) == [all[2], all[6], all[10]])
    #expect(elements.values(from: 10, stride: -4, count: 2) == [all[10], all[6]])
    #expect(elements[4..<4].isEmpty && Array(elements[4..<4]) == [])
    #expect(elements.values(from: elements.endIndex, count: 0) == [])
  }

  @Test("what lies in the middle of a file is read from there")
  func slice() {
    let elements = Elements(.uint8, bytes[50..<60])
    #expect(Array(elements) == (50..<60).map { Double($0) })
    #expect(elements[0] == 50 && elements[9] == 59)
  }

  @Test("more than are converted at a time are all there, in order")
  func many() {
    let values = (0..<10_000).map { Double($0) }
    let elements = Elements(values)
    #expect(
      Array(elements) == values && elements[4_000..<9_000].elementsEqual(values[4_000..<9_000]))
  }

  @Test("the first index runs fastest in the file, the last one here")
  func fortran() {
    let (rows, columns, layers) = (2, 3, 4)
    let stored = Elements(.uint8, bytes.prefix(24), fortranShape: [rows, columns, layers])
    let expected = (0..<rows).flatMap { row in
      (0..<columns).flatMap { column in
        (0..<layers).map { Double(row + rows * (column + columns * $0)) }
      }
    }
    #expect(Array(stored) == expected && stored.indices.map { stored[$0] } == expected)
  }

  @Test("a matrix is cut and turned as it lies, and read at last")
  func matrix() {
    let matrix = StoredMatrix(rows: 4, columns: 6, Elements((0..<24).map { Double($0) }))
    #expect(matrix.real.values == (0..<24).map { Double($0) })
    #expect(matrix.rowBlock(1, 2).real.values == (12..<24).map { Double($0) })
    let part = matrix.transposed.rowBlock(2, 2).columnRange(1..<3)
    #expect((part.rows, part.columns) == (2, 2) && part.real.values == [10, 16, 11, 17])
  }
}

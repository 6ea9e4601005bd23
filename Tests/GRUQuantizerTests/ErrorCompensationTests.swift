import ModelFiles
import TestSupport
import Testing

@testable import GRUQuantizer

@Suite("Error compensation") struct ErrorCompensationTests {
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

  private func moment(_ vectors: [[Double]]) -> SecondMoment {
    var moment = SecondMoment(size: vectors[0].count)
    for vector in vectors { moment.add(vector) }
    return moment
  }

  @Test("with two columns, the second takes what the first one's error asks for: w₂ + e₁·H₁₂/H₂₂")
  func twoColumns() throws {
    let vectors = correlated(2, count: 200, seed: 1)
    let compensation = try #require(ErrorCompensation(moment(vectors)))
    var h = [0.0, 0, 0]
    for v in vectors { h = [h[0] + v[0] * v[0], h[1] + v[0] * v[1], h[2] + v[1] * v[1]] }
    let damping = ErrorCompensation.damping * (h[0] + h[2]) / 2
    var generator = SeededGenerator(seed: 2)
    for _ in 0..<500 {
      let row = (0..<2).map { _ in Double.random(in: -100...100, using: &generator) }
      let first = row[0].rounded()
      // The second weight that makes Σ (e₁v₁ + (w₂ − q₂)v₂)² + damping smallest.
      let second = (row[1] + (row[0] - first) * h[1] / (h[2] + damping)).rounded()
      let rounded = compensation.round(row[...], scale: 1, .int8)
      #expect(rounded == [Int16(first), Int16(second)])
    }
  }

  @Test("sums over the calibration vectors come out better than by rounding to the nearest")
  func better() throws {
    let vectors = correlated(24, count: 500, seed: 3)
    let compensation = try #require(ErrorCompensation(moment(vectors)))
    var generator = SeededGenerator(seed: 4)
    let values = (0..<8 * 24).map { _ in Double.random(in: -1...1, using: &generator) }
    let matrix = RealMatrix(rows: 8, columns: 24, values: values)
    func error(_ rounded: RoundedMatrix) -> Double {
      var sum = 0.0
      for row in 0..<8 {
        for vector in vectors {
          let difference = (0..<24).reduce(0.0) { total, column in
            let real = Double(rounded.weights[row * 24 + column]) * rounded.scales[row]
            return total + (values[row * 24 + column] - real) * vector[column]
          }
          sum += difference * difference
        }
      }
      return sum
    }
    let nearest = error(RoundedMatrix(matrix, .int8))
    let compensated = error(RoundedMatrix(matrix, .int8, compensation: compensation))
    #expect(compensated < 0.75 * nearest)
  }

  @Test("no weight leaves its format, and data without any signal compensates nothing")
  func limits() throws {
    let vectors = correlated(6, count: 50, seed: 5)
    let compensation = try #require(ErrorCompensation(moment(vectors)))
    let row = [127.4, -127.4, 127.4, -127.4, 127.4, -127.4]
    #expect(compensation.round(row[...], scale: 1, .int8).allSatisfy { abs($0) <= 127 })
    #expect(ErrorCompensation(SecondMoment(size: 3)) == nil)
  }

  @Test("rows on a grid are left alone")
  func grid() throws {
    let compensation = try #require(ErrorCompensation(moment(correlated(4, count: 50, seed: 6))))
    let matrix = RealMatrix(rows: 1, columns: 4, values: [-128, 3, 77, 5].map { $0 / 64 })
    #expect(RoundedMatrix(matrix, .int8, compensation: compensation).weights == [-128, 3, 77, 5])
  }
}

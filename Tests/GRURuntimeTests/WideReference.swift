import Foundation
import GRUQuantizer
import ModelFiles

/// The integer step once more, slow and plain: 128-bit integers, one expression for each equation
/// of the documentation, no code shared with the runtime.
struct WideReference {
  let network: QuantizedNetwork
  /// Q23, one array for each cell.
  var states: [[Int128]]

  init(_ network: QuantizedNetwork) {
    self.network = network
    states = network.cells.map { Array(repeating: 0, count: $0.hiddenSize) }
  }

  /// The last cell's hidden state or the dense layer's result, Q18.
  mutating func step(_ input: [Int16]) -> [Int128] {
    var vector = input.map { Int128($0) }
    var cellIndex = 0
    for layer in network.layers {
      switch layer {
      case .cell(let cell):
        states[cellIndex] = next(cell, vector, states[cellIndex])
        vector = states[cellIndex].map(q15)
        cellIndex += 1
      case .dense(let dense):
        return (0..<dense.weights.rows).map { row in
          (Int128(dense.bias[row]) + product(dense.weights, row, vector))
            << Int128(dense.preActivationShift)
        }
      }
    }
    return vector.map { $0 * 8 }
  }

  private func next(_ cell: QuantizedCell, _ x: [Int128], _ state: [Int128]) -> [Int128] {
    let h = state.map(q15)
    let s = Int128(cell.preActivationShift)
    return (0..<cell.hiddenSize).map { i in
      let r = sigmoid(
        (Int128(cell.bias.reset[i]) + product(cell.input.reset, i, x)
          + product(cell.recurrent.reset, i, h)) << s)
      let z = sigmoid(
        (Int128(cell.bias.update[i]) + product(cell.input.update, i, x)
          + product(cell.recurrent.update, i, h)) << s)
      let inReset = Int128(cell.recurrentBias?[i] ?? 0) + product(cell.recurrent.candidate, i, h)
      let n = tanh(
        ((Int128(cell.bias.candidate[i]) + product(cell.input.candidate, i, x)) << s)
          + halfUp((inReset << s) * r, 16))
      // The state is what was stored: without a carry, Q15.
      let last = cell.carryBits == 0 ? h[i] * 256 : state[i]
      let state = halfUp(n * 128 * 65_536 + z * (last - n * 128), 16)
      return min(state, 32_767 * 256 + 127)  // the largest state and carry
    }
  }

  private func product(_ matrix: QuantizedMatrix, _ row: Int, _ vector: [Int128]) -> Int128 {
    var sum: Int128 = 0
    for column in 0..<matrix.columns {
      sum += Int128(matrix.weights[row * matrix.columns + column]) * vector[column]
    }
    if matrix.shift > 0 { sum = halfUp(sum, matrix.shift) }
    return halfUp(sum * Int128(matrix.multipliers[row]), 32)
  }

  /// ⌊value / 2^bits + ½⌋
  private func halfUp(_ value: Int128, _ bits: Int) -> Int128 {
    var quotient = value / (1 << bits)
    if value < 0, quotient * (1 << bits) != value { quotient -= 1 }
    let rest = value - quotient * (1 << bits)
    return 2 * rest >= 1 << bits ? quotient + 1 : quotient
  }

  private func q15(_ state: Int128) -> Int128 { min(32_767, max(-32_768, halfUp(state, 8))) }

  /// Q18 to Q16.
  private func sigmoid(_ x: Int128) -> Int128 {
    let magnitude = halfUp(interpolate(argumentQ19: abs(x)), 14)
    return x < 0 ? 32_768 - magnitude : 32_768 + magnitude
  }

  /// Q18 to Q16.
  private func tanh(_ x: Int128) -> Int128 {
    let magnitude = halfUp(interpolate(argumentQ19: abs(x) * 2), 13)
    return x < 0 ? -magnitude : magnitude
  }

  /// tanh on knots 1/64 apart, Q29.
  private func interpolate(argumentQ19 argument: Int128) -> Int128 {
    if argument >= 355 * 8_192 { return 65_535 * 8_192 }
    let (knot, position) = (Int(argument / 8_192), argument % 8_192)
    return Self.knots[knot] * (8_192 - position) + Self.knots[knot + 1] * position
  }

  /// Midway between curve and chord.
  private static let knots: [Int128] = (0...355).map { index in
    if index == 355 { return 65_535 }
    let t = Foundation.tanh(Double(index) / 64)
    return Int128(min(65_535, (65_536 * (t + t * (1 - t * t) / (8 * 64 * 64))).rounded()))
  }
}

import Foundation
public import GRUHarness
public import GRUQuantizer
import ModelFiles

/// The integer step once more, slow and plain: 128-bit integers, one expression for each equation
/// of the documentation, no code shared with the runtime.
public struct WideReference {
  public let network: QuantizedNetwork
  /// Q23, one array for each cell.
  public private(set) var states: [[Int128]]

  public init(_ network: QuantizedNetwork) {
    self.network = network
    states = network.cells.map { cell in
      cell.initialState?.map { Int128($0) * 256 } ?? Array(repeating: 0, count: cell.hiddenSize)
    }
  }

  /// Takes up any bytes as the states: int16 and, where a cell keeps one, the carry behind them.
  public mutating func restore(_ bytes: [UInt8]) {
    var offset = 0
    for (index, cell) in network.cells.enumerated() {
      let units = 0..<cell.hiddenSize
      let hidden = units.map { unit in
        let (low, high) = (UInt16(bytes[offset + 2 * unit]), UInt16(bytes[offset + 2 * unit + 1]))
        return Int128(Int16(bitPattern: high << 8 | low))
      }
      offset += padded(2 * cell.hiddenSize)
      states[index] = units.map { hidden[$0] * 256 }
      guard cell.carryBits > 0 else { continue }
      for unit in units { states[index][unit] += Int128(Int8(bitPattern: bytes[offset + unit])) }
      offset += padded(cell.hiddenSize)
    }
  }

  /// Whether these bytes are the states.
  public func stored(in bytes: [UInt8]) -> Bool {
    var offset = 0
    for (state, cell) in zip(states, network.cells) {
      let hidden = state.map(q15)
      for (unit, value) in hidden.enumerated() {
        let place = offset + 2 * unit
        guard
          UInt16(bitPattern: Int16(value)) == UInt16(bytes[place + 1]) << 8 | UInt16(bytes[place])
        else { return false }
      }
      offset += padded(2 * cell.hiddenSize)
      guard cell.carryBits > 0 else { continue }
      for (unit, value) in state.enumerated() {
        let carry = min(127, value - hidden[unit] * 256)
        guard bytes[offset + unit] == UInt8(bitPattern: Int8(carry)) else { return false }
      }
      offset += padded(cell.hiddenSize)
    }
    return true
  }

  /// States fill whole words.
  private func padded(_ bytes: Int) -> Int { (bytes + 3) / 4 * 4 }

  /// What matrices read of the states, cell after cell.
  public var hidden: [Int16] { states.joined().map { Int16(q15($0)) } }

  /// The last cell's hidden state or the dense layer's result, Q18.
  public mutating func step(_ input: RawInput) -> [Int128] {
    var vector: [Int128] = []
    var token: Int?
    switch input {
    case .vector(let values): vector = values.map { Int128($0) }
    case .token(let value): token = value
    }
    var cellIndex = 0
    for (index, layer) in network.layers.enumerated() {
      switch layer {
      case .embedding(let embedding):
        vector = (0..<embedding.width).map { Int128(embedding.rows[token! * embedding.width + $0]) }
        token = nil
      case .cell(let cell):
        states[cellIndex] = next(cell, vector, token, states[cellIndex])
        vector = states[cellIndex].map(q15)
        token = nil
        cellIndex += 1
      case .dense(let dense):
        let outputs = (0..<dense.weights.rows).map { row in
          activate(
            dense.activation,
            (Int128(dense.bias[row]) + product(dense.weights, row, vector))
              << Int128(dense.preActivationShift))
        }
        if index == network.layers.count - 1 { return outputs }
        vector = outputs.map { saturate16(halfUp($0, 3 + dense.outputExponent)) }
      }
    }
    return vector.map { $0 << Int128(3 + network.cells.last!.stateExponent) }
  }

  /// Q18 to Q18.
  private func activate(_ activation: Activation, _ x: Int128) -> Int128 {
    switch activation {
    case .none, .softmax: x
    case .relu: max(0, x)
    case .tanh: tanh(x) * 4
    case .sigmoid: sigmoid(x) * 4
    }
  }

  private func next(
    _ cell: QuantizedCell, _ x: [Int128], _ token: Int?, _ state: [Int128]
  ) -> [Int128] {
    let h = state.map(q15)
    let s = Int128(cell.preActivationShift)
    func w(_ matrix: QuantizedMatrix, _ i: Int) -> Int128 {
      guard let token else { return product(matrix, i, x) }
      return Int128(matrix.weights[i * matrix.columns + token]) << Int128(matrix.shift)
    }
    let r = (0..<cell.hiddenSize).map { i in
      sigmoid(
        (Int128(cell.bias.reset[i]) + w(cell.input.reset, i) + product(cell.recurrent.reset, i, h))
          << s)
    }
    let gated = h.indices.map { halfUp(r[$0] * h[$0], 16) }
    return (0..<cell.hiddenSize).map { i in
      let z = sigmoid(
        (Int128(cell.bias.update[i]) + w(cell.input.update, i)
          + product(cell.recurrent.update, i, h)) << s)
      let fromInput = Int128(cell.bias.candidate[i]) + w(cell.input.candidate, i)
      let sum: Int128
      if cell.reset == .after {
        let inReset = Int128(cell.recurrentBias?[i] ?? 0) + product(cell.recurrent.candidate, i, h)
        sum = (fromInput << s) + halfUp((inReset << s) * r[i], 16)
      } else {
        sum = (fromInput + product(cell.recurrent.candidate, i, gated)) << s
      }
      // In units of 2⁻²³ of the state's scale.
      let n = cell.candidate == .relu ? relu(sum, cell.stateExponent) : tanh(sum) * 128
      // The state is what was stored: without a carry, Q15.
      let last = cell.carryBits == 0 ? h[i] * 256 : state[i]
      let state = halfUp(n * 65_536 + z * (last - n), 16)
      return min(state, 32_767 * 256 + 127)  // the largest state and carry
    }
  }

  /// Q18 to 23 − exponent fraction bits, saturated below three times the state's scale.
  private func relu(_ x: Int128, _ exponent: Int) -> Int128 {
    // The half that the rounding adds must not pass 2³¹ − 1.
    let positive = max(0, exponent <= 5 ? x : min(x, (1 << 31) - 1 - (1 << Int128(exponent - 6))))
    let scaled = exponent <= 5 ? positive << Int128(5 - exponent) : halfUp(positive, exponent - 5)
    // In Q18 the limit has no bits below its last.
    let unit: Int128 = exponent < 5 ? 1 << Int128(5 - exponent) : 1
    return min(scaled, (3 * (1 << 23) - 256) / unit * unit)
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

  private func q15(_ state: Int128) -> Int128 { saturate16(halfUp(state, 8)) }

  private func saturate16(_ value: Int128) -> Int128 { min(32_767, max(-32_768, value)) }

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

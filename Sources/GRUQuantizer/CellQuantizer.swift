import Foundation
import ModelFiles

/// Puts one rounded cell into the formats of the header, and proves its sums.
struct CellQuantizer {
  let layer: GRULayer
  let rounded: Gates<RoundedGate>
  /// The real value of one unit of the input vector.
  let vectorScale: Double
  /// Whether the update keeps 8 bits below the hidden state.
  let keepsCarry: Bool
  /// The largest hidden state and candidate in calibration; measured for a ReLU candidate only.
  let largestState: Double
  let largestCandidate: Double

  func cell() throws(QuantizationError) -> QuantizedCell {
    let stateExponent = layer.candidate == .relu ? try exponent() : 0
    let stateScale = exp2(Double(stateExponent - 15))
    let recurrent = rounded.map { ScaledMatrix($0.recurrent, vectorScale: stateScale) }
    let input = rounded.map { gate in
      gate.input.map { ScaledMatrix($0, vectorScale: vectorScale) }
    }
    let shift = try smallestShift(
      input.inOrder.compactMap(\.self) + recurrent.inOrder, in: layer.name)
    func tables(_ gate: GateIndex) throws(QuantizationError) -> QuantizedMatrix {
      guard let matrix = input[gate] else {
        return try tokenTable(layer.input[gate], preActivationShift: shift)
      }
      return try matrix.integers(preActivationShift: shift, "W of '\(layer.name)'")
    }
    let recurrentBias = try integers(
      rounded.candidate.recurrentBias, preActivationShift: shift, layer.name)
    if layer.candidate == .tanh, let unit = layer.initialState.firstIndex(where: { abs($0) > 1 }) {
      throw QuantizationError(
        "initial state \(unit) of '\(layer.name)' is \(layer.initialState[unit]), expected within ±1"
      )
    }

    let cell = QuantizedCell(
      reset: layer.reset, candidate: layer.candidate,
      input: Gates(
        reset: try tables(.reset), update: try tables(.update),
        candidate: try tables(.candidate)),
      recurrent: try recurrent.map { matrix throws(QuantizationError) in
        try matrix.integers(preActivationShift: shift, "U of '\(layer.name)'")
      },
      bias: try rounded.map { gate throws(QuantizationError) in
        try integers(gate.bias, preActivationShift: shift, layer.name)
      },
      recurrentBias: recurrentBias.allSatisfy { $0 == 0 } ? nil : recurrentBias,
      initialState: layer.initialState.allSatisfy { $0 == 0 }
        ? nil
        : layer.initialState.map { Int16(max(-32_768, min(32_767, ($0 / stateScale).rounded()))) },
      preActivationShift: shift, carryBits: keepsCarry ? 8 : 0, stateExponent: stateExponent)
    try prove(cell)
    return cell
  }

  /// A ReLU state's power of two: a quarter above the largest state in calibration, and a third of
  /// a quarter above the largest candidate, since candidates reach three times as far.
  private func exponent() throws(QuantizationError) -> Int {
    let largest = max(largestState, largestCandidate / 3, 1e-9)
    let exponent = max(0, ceil(log2(1.25 * largest)))
    guard exponent <= 12 else {
      throw QuantizationError(
        "layer '\(layer.name)' has a state of \(scientific(largest)) in calibration, "
          + "expected below 3200")
    }
    return Int(exponent)
  }

  /// The smallest left shift with which every entry fits 16 bits.
  private func tokenTable(
    _ matrix: RealMatrix, preActivationShift: Int
  ) throws(QuantizationError) -> QuantizedMatrix {
    let unit = exp2(Double(18 - preActivationShift))
    let largest = matrix.values.reduce(0) { max($0, abs($1)) } * unit
    guard largest <= Double(registerLimit) else {
      throw QuantizationError(
        "layer '\(layer.name)' adds \(largest / unit) for a token, expected within ±8191")
    }
    var shift = 0
    while largest / exp2(Double(shift)) > 32_767 { shift += 1 }
    return QuantizedMatrix(
      rows: matrix.rows, columns: matrix.columns, format: .int16, layout: .tokens,
      weights: matrix.values.map {
        Int16(($0 * unit / exp2(Double(shift))).rounded())
      }, multipliers: [], shift: shift)
  }

  /// Shows that no pre-activation can leave its register, whatever input and state are.
  private func prove(_ cell: QuantizedCell) throws(QuantizationError) {
    let s = cell.preActivationShift
    for row in 0..<cell.hiddenSize {
      let input = cell.input.map { $0.productBound(row: row) }
      let recurrent = cell.recurrent.map { $0.productBound(row: row) }
      let bias = cell.bias.map { abs(Int($0[row])) }
      func place(_ gate: String) -> String { "row \(row) of the \(gate) of '\(layer.name)'" }

      try requireReach((input.reset + recurrent.reset + bias.reset) << s, place("reset gate"))
      try requireReach((input.update + recurrent.update + bias.update) << s, place("update gate"))
      let inReset = recurrent.candidate + abs(Int(cell.recurrentBias?[row] ?? 0))
      if cell.reset == .after {
        // The recurrent part takes two bits more on its way through the reset gate.
        try requireReach(inReset << (s + 2), place("recurrent candidate"))
      }
      try requireReach((input.candidate + bias.candidate + inReset) << s + 1, place("candidate"))
    }
  }
}

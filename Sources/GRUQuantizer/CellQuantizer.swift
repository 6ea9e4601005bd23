import Foundation
import ModelFiles

/// Puts one gated recurrent unit layer into integers, and proves its sums.
struct CellQuantizer {
  let layer: GRULayer
  let inputFormat: WeightFormat
  let recurrentFormat: WeightFormat
  /// The real value of one unit of the input vector.
  let vectorScale: Double
  let readsTokens: Bool
  /// The largest hidden state and candidate in calibration; measured for a ReLU candidate only.
  let largestState: Double
  let largestCandidate: Double
  let rounding: CellRounding

  func cell() throws(QuantizationError) -> QuantizedCell {
    let stateExponent = layer.candidate == .relu ? try exponent() : 0
    let stateScale = exp2(Double(stateExponent - 15))
    func recurrentMatrix(_ matrix: RealMatrix, _ compensation: ErrorCompensation?) -> ScaledMatrix {
      ScaledMatrix(
        RoundedMatrix(matrix, recurrentFormat, compensation: compensation),
        vectorScale: stateScale)
    }
    let recurrent = Gates(
      reset: recurrentMatrix(layer.recurrent.reset, rounding.gates),
      update: recurrentMatrix(layer.recurrent.update, rounding.gates),
      candidate: recurrentMatrix(layer.recurrent.candidate, rounding.candidate))
    let input =
      readsTokens
      ? nil
      : layer.input.map {
        ScaledMatrix(
          RoundedMatrix($0, inputFormat, compensation: rounding.input), vectorScale: vectorScale)
      }
    let shift = try smallestShift((input?.inOrder ?? []) + recurrent.inOrder, in: layer.name)

    let cell = QuantizedCell(
      reset: layer.reset, candidate: layer.candidate,
      input: try input?.map { matrix throws(QuantizationError) in
        try matrix.integers(preActivationShift: shift, "W of '\(layer.name)'")
      } ?? layer.input.map { tokenTable($0, preActivationShift: shift) },
      recurrent: try recurrent.map { matrix throws(QuantizationError) in
        try matrix.integers(preActivationShift: shift, "U of '\(layer.name)'")
      },
      bias: try layer.bias.map { bias throws(QuantizationError) in
        try integers(bias, preActivationShift: shift, layer.name)
      },
      recurrentBias: isZero(layer.recurrentBias)
        ? nil : try integers(layer.recurrentBias, preActivationShift: shift, layer.name),
      initialState: isZero(layer.initialState)
        ? nil
        : layer.initialState.map { Int16(max(-32_768, min(32_767, ($0 / stateScale).rounded()))) },
      preActivationShift: shift, carryBits: 0, stateExponent: stateExponent)
    try prove(cell)
    return cell
  }

  private func isZero(_ values: [Double]) -> Bool { values.allSatisfy { $0 == 0 } }

  /// A ReLU state's power of two: a quarter above the largest state in calibration, and a third of
  /// a quarter above the largest candidate, since candidates reach three times as far.
  private func exponent() throws(QuantizationError) -> Int {
    let reach = 1.25 * max(largestState, largestCandidate / 3, 1e-9)
    let exponent = max(0, Int(ceil(log2(reach))))
    guard exponent <= 12 else {
      throw QuantizationError(
        "layer '\(layer.name)' has a state of \(largestState) in calibration, expected below 3200")
    }
    return exponent
  }

  /// The smallest left shift with which every entry fits 16 bits.
  private func tokenTable(_ matrix: RealMatrix, preActivationShift: Int) -> QuantizedMatrix {
    let unit = exp2(Double(18 - preActivationShift))
    let largest = matrix.values.reduce(0) { max($0, abs($1)) } * unit
    var shift = 0
    while largest / exp2(Double(shift)) > 32_767 { shift += 1 }
    return QuantizedMatrix(
      rows: matrix.rows, columns: matrix.columns, format: .int16, layout: .tokens,
      weights: matrix.transposed.values.map {
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

/// How the errors of a cell's weights are pushed on; nil rounds each to the nearest.
struct CellRounding {
  /// W
  var input: ErrorCompensation?
  /// U of reset and update gate
  var gates: ErrorCompensation?
  /// U of the candidate
  var candidate: ErrorCompensation?
}

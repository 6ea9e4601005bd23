import Foundation
public import GRUQuantizer
public import ModelFiles

/// A proved bound on what one step of a tanh cell can be off by: for every int16 state, the distance
/// between the runtime's next state and the one that the float cell makes of the same state and
/// input.
///
/// Magnitudes only, each sum and product rounded up. For a gate's sum a, with w − ŵ the error of a
/// weight and X, 1 the reach of input and state:
///
///     |δa| ≤ Σ |w − ŵ|·X + Σ |u − û|·1 + |b − b̂| + roundings
///     |δr|, |δz| ≤ |δa| / 4 + tables
///     |δn| ≤ |δa| + |c|·|δr| + tables                    c = Un·h + cn, reset after
///     |δn| ≤ |δa| + Σ |û|·(|δr| + rounding) + tables     reset before
///     |δh| ≤ |δn| + 2·|δz| + roundings                   as |h − n| ≤ 2
///
/// nil where nothing below the trivial bound of 2 can be shown.
public struct StepBound: Equatable, Sendable, Encodable {
  /// For every int16 input.
  public var anyInput: Double?
  /// For inputs of which each is no larger than the largest that was measured.
  public var measuredInputs: Double?

  public init(anyInput: Double? = nil, measuredInputs: Double? = nil) {
    self.anyInput = anyInput
    self.measuredInputs = measuredInputs
  }

  private enum CodingKeys: String, CodingKey {
    case anyInput = "any_input"
    case measuredInputs = "measured_inputs"
  }

  /// The bounds of each cell, in order; of none with a ReLU candidate, whose state may saturate.
  ///
  /// - Parameter largestInputs: magnitude of each raw input; none for tokens.
  public static func bounds(
    _ network: Network, _ quantized: QuantizedNetwork, largestInputs: [Double]
  ) -> [StepBound] {
    let network = network.folded(as: quantized)
    let scales = network.vectorScales(in: quantized)
    return network.layers.indices.compactMap { index in
      guard case .gru(let exact) = network.layers[index],
        let cell = quantized.layers[index].cell
      else { return nil }
      guard exact.candidate == .tanh else { return StepBound() }
      let rounded = exact.dequantized(from: cell, vectorScale: scales[index])
      func bound(_ reach: [Double]?) -> Double? {
        CellBound(exact: exact, header: rounded, cell: cell, inputReach: reach).largest
      }
      let readsToken = index == 0 && network.readsTokens
      let anyInput = bound(
        readsToken ? nil : Array(repeating: scales[index] * 0x1p15, count: exact.inputSize))
      let isMeasured = index == 0 && !readsToken
      return StepBound(
        anyInput: anyInput, measuredInputs: isMeasured ? bound(largestInputs) : anyInput)
    }
  }
}

/// One cell's bound.
private struct CellBound {
  /// What was trained, and what the header's integers stand for.
  let exact: GRULayer
  let header: GRULayer
  let cell: QuantizedCell
  /// nil for a token, whose column is read as it is.
  let inputReach: [Double]?

  var largest: Double? {
    let units = 0..<exact.hiddenSize
    let reset = units.map { row in
      (input(\.reset, row) + recurrent(\.reset, row) + bias(\.bias.reset, row)) * quarter
        + sigmoidError
    }
    let bounds = units.map { row in
      let update =
        (input(\.update, row) + recurrent(\.update, row) + bias(\.bias.update, row)) * quarter
        + sigmoidError
      let candidate =
        input(\.candidate, row) + bias(\.bias.candidate, row) + recurrent(\.candidate, row)
        + bias(\.recurrentBias, row) + behindReset(row, reset) + tanhError
      // The blend's rounding in Q23, the state's in Q15, and 1 − 2⁻¹⁵ where it rounds to 1.
      return candidate + UpperBound(2) * update + UpperBound(0x1p-23 + 0x1p-15)
    }
    let largest = bounds.map(\.value).max() ?? 0
    return largest < 2 ? largest : nil
  }

  /// Each product is rounded by half a unit of Q(18 − s), the shift of an int16 row by a quarter.
  private var rounding: UpperBound { UpperBound(scalbn(1, cell.preActivationShift - 18)) }

  private func input(_ gate: KeyPath<Gates<RealMatrix>, RealMatrix>, _ row: Int) -> UpperBound {
    let errors = errors((\GRULayer.input).appending(path: gate), row)
    guard let inputReach else { return UpperBound(errors.map(\.value).max() ?? 0) }
    return zip(errors, inputReach).reduce(rounding) { $0 + $1.0 * UpperBound($1.1) }
  }

  private func recurrent(_ gate: KeyPath<Gates<RealMatrix>, RealMatrix>, _ row: Int) -> UpperBound {
    let matrix = (\GRULayer.recurrent).appending(path: gate)
    let sum = errors(matrix, row).reduce(rounding, +)
    // Matrices don't read the carry, half a unit of Q15.
    return cell.carryBits == 0
      ? sum : sum + reach(exact[keyPath: matrix], row) * UpperBound(0x1p-16)
  }

  private func bias(_ bias: KeyPath<GRULayer, [Double]>, _ row: Int) -> UpperBound {
    UpperBound(difference: exact[keyPath: bias][row], header[keyPath: bias][row])
  }

  /// What the reset gates' errors do to the candidate's sum, and the rounding of their product.
  private func behindReset(_ row: Int, _ reset: [UpperBound]) -> UpperBound {
    let matrix = header.recurrent.candidate
    switch exact.reset {
    case .after:
      let reach = reach(matrix, row) + UpperBound(abs(header.recurrentBias[row])) + rounding
      return reach * reset[row] + UpperBound(0x1p-18)
    case .before:
      return zip(matrix.row(row), reset).reduce(UpperBound(0)) { sum, column in
        sum + UpperBound(abs(column.0)) * (column.1 + UpperBound(0x1p-16))
      }
    }
  }

  private func errors(_ matrix: KeyPath<GRULayer, RealMatrix>, _ row: Int) -> [UpperBound] {
    zip(exact[keyPath: matrix].row(row), header[keyPath: matrix].row(row)).map {
      UpperBound(difference: $0, $1)
    }
  }

  private func reach(_ matrix: RealMatrix, _ row: Int) -> UpperBound {
    matrix.row(row).reduce(UpperBound(0)) { $0 + UpperBound(abs($1)) }
  }

  /// The largest slope of σ.
  private let quarter = UpperBound(0.25)
  /// Of the tables over every argument; `gru tables --check` holds them.
  private let sigmoidError = UpperBound(TableCheck.sigmoidLimit * 0x1p-15)
  private let tanhError = UpperBound(TableCheck.tanhLimit * 0x1p-15)
}

/// A number that what it stands for cannot exceed: every operation rounds up.
private struct UpperBound {
  let value: Double

  init(_ value: Double) { self.value = value }

  init(difference a: Double, _ b: Double) { value = abs(a - b).nextUp }

  static func + (a: UpperBound, b: UpperBound) -> UpperBound {
    UpperBound((a.value + b.value).nextUp)
  }

  static func * (a: UpperBound, b: UpperBound) -> UpperBound {
    UpperBound((a.value * b.value).nextUp)
  }
}

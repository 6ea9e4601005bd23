public import GRUQuantizer
public import ModelFiles

/// A proved bound on what one step of a tanh cell can be off by: for every int16 input and every
/// int16 state, the distance between the runtime's next state and the one that the float cell makes
/// of the same input and state.
///
/// Magnitudes only, each sum and product rounded up. For a gate's sum a, with w − ŵ the error of a
/// weight and X, 1 the reach of input and state:
///
///     |δa| ≤ Σ |w − ŵ|·X + Σ |u − û|·1 + |b − b̂| + roundings
///     |δr|, |δz| ≤ |δa| / 4 + tables
///     |δn| ≤ |δa| + |c|·|δr| + tables                    c = Un·h + cn, reset after
///     |δn| ≤ |δa| + Σ |û|·(|δr| + rounding) + tables     reset before
///     |δh| ≤ |δn| + 2·|δz| + roundings                   as |h − n| ≤ 2
public enum StepBound {
  /// The bound of each layer; nil where it is no cell, or where nothing can be shown. A cell's carry
  /// is taken as zero.
  public static func bounds(_ network: Network, _ quantized: QuantizedNetwork) -> [Double?] {
    let network =
      quantized.layers.count < network.layers.count ? network.foldingEmbedding() : network
    guard let header = network.replacing(quantized, Set(Ablation.Part.allCases)),
      let scales = network.columnScales(of: quantized)
    else { return network.layers.map { _ in nil } }
    // A token's column is read as it is; a vector's with 2¹⁵ units at most.
    var reach = network.readsTokens ? nil : scales.map { ($0 * 32_768).nextUp }
    return network.layers.indices.map { index in
      defer {
        let unit = quantized.layers[index].dense?.outputExponent ?? 0
        reach = Array(repeating: exp2i(unit), count: network.layers[index].outputSize)
      }
      guard case .gru(let exact) = network.layers[index], let inputReach = reach,
        case .gru(let rounded) = header.layers[index], let cell = quantized.layers[index].cell
      else { return nil }
      return bound(of: exact, rounded, cell, inputReach: inputReach)
    }
  }

  /// nil where nothing below the trivial bound of 2 can be shown, or for a ReLU candidate, whose
  /// state may saturate.
  private static func bound(
    of exact: GRULayer, _ header: GRULayer, _ cell: QuantizedCell, inputReach: [Double]
  ) -> Double? {
    guard exact.candidate == .tanh else { return nil }
    let unit = UpperBound(exp2i(cell.preActivationShift - 18))
    // Half a unit for each of: W's product, U's, the shift of an int16 row of each, the bias.
    let roundings = UpperBound(2.5) * unit
    let stateReach = Array(repeating: 1.0, count: exact.hiddenSize)
    func sum(_ gate: (Gates<RealMatrix>) -> RealMatrix, _ row: Int) -> UpperBound {
      difference(gate(exact.input), gate(header.input), row, inputReach)
    }
    func recurrent(_ gate: (Gates<RealMatrix>) -> RealMatrix, _ row: Int) -> UpperBound {
      difference(gate(exact.recurrent), gate(header.recurrent), row, stateReach)
    }
    func bias(_ a: [Double], _ b: [Double], _ row: Int) -> UpperBound {
      UpperBound(difference: a[row], b[row])
    }
    let quarter = UpperBound(0.25)
    let reset = (0..<exact.hiddenSize).map { row in
      (sum(\.reset, row) + recurrent(\.reset, row)
        + bias(exact.bias.reset, header.bias.reset, row) + roundings) * quarter + sigmoidError
    }
    var worst = UpperBound(0)
    for row in 0..<exact.hiddenSize {
      let update =
        (sum(\.update, row) + recurrent(\.update, row)
          + bias(exact.bias.update, header.bias.update, row) + roundings) * quarter
        + sigmoidError
      var candidate =
        sum(\.candidate, row) + recurrent(\.candidate, row)
        + bias(exact.bias.candidate, header.bias.candidate, row)
        + bias(exact.recurrentBias, header.recurrentBias, row) + roundings + unit + tanhError
      switch exact.reset {
      case .after:
        let reach =
          reach(header.recurrent.candidate, row)
          + UpperBound(abs(header.recurrentBias[row])) + roundings
        candidate = candidate + reach * reset[row]
      case .before:
        for (column, weight) in header.recurrent.candidate.row(row).enumerated() {
          candidate = candidate + UpperBound(abs(weight)) * (reset[column] + UpperBound(exp2i(-16)))
        }
      }
      // The blend's rounding in Q23, the state's in Q15, and 1 − 2⁻¹⁵ where it rounds to 1.
      let bound = candidate + UpperBound(2) * update + UpperBound(exp2i(-23) + exp2i(-15))
      worst = UpperBound(max(worst.value, bound.value))
    }
    return worst.value < 2 ? worst.value : nil
  }

  private static func reach(_ matrix: RealMatrix, _ row: Int) -> UpperBound {
    matrix.row(row).reduce(UpperBound(0)) { $0 + UpperBound(abs($1)) }
  }

  private static func difference(
    _ exact: RealMatrix, _ header: RealMatrix, _ row: Int, _ reach: [Double]
  ) -> UpperBound {
    var sum = UpperBound(0)
    for (index, (a, b)) in zip(exact.row(row), header.row(row)).enumerated() {
      sum = sum + UpperBound(difference: a, b) * UpperBound(reach[index])
    }
    return sum
  }

  /// Of the tables over every argument; `gru tables --check` holds them.
  private static let sigmoidError = UpperBound(TableCheck.sigmoidLimit * 0x1p-15)
  private static let tanhError = UpperBound(TableCheck.tanhLimit * 0x1p-15)

  private static func exp2i(_ exponent: Int) -> Double {
    Double(sign: .plus, exponent: exponent, significand: 1)
  }
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

import FixedPoint
import FloatGRU
import Foundation
import GRUQuantizer
import ModelFiles

/// A cell whose parts are rounded or exact.
struct EmulatedCell {
  let cell: QuantizedCell
  /// In Q23.
  let initialState: [Double]
  private let exact: GRULayer
  private let roundsSums, roundsTables, roundsBlend, roundsState: Bool
  private let input: Gates<EmulatedMatrix>
  private let recurrent: Gates<EmulatedMatrix>
  /// In Q(18 − s).
  private let bias: Gates<[Double]>
  private let recurrentBias: [Double]

  init(
    _ exact: GRULayer, _ cell: QuantizedCell, vectorScale: Double,
    rounding rounded: Set<RoundedPart>
  ) {
    self.cell = cell
    self.exact = exact
    roundsSums = rounded.contains(.sums)
    roundsTables = rounded.contains(.tables)
    roundsBlend = rounded.contains(.blend)
    roundsState = rounded.contains(.state)
    let shift = cell.preActivationShift
    func matrices(
      _ exact: Gates<RealMatrix>, _ integers: Gates<QuantizedMatrix>, _ part: RoundedPart,
      _ scale: Double
    ) -> Gates<EmulatedMatrix> {
      func matrix(_ gate: KeyPath<Gates<RealMatrix>, RealMatrix>, _ integers: QuantizedMatrix)
        -> EmulatedMatrix
      {
        EmulatedMatrix(
          exact[keyPath: gate], integers, vectorScale: scale, preActivationShift: shift,
          isRounded: rounded.contains(part), roundsSums: rounded.contains(.sums))
      }
      return Gates(
        reset: matrix(\.reset, integers.reset), update: matrix(\.update, integers.update),
        candidate: matrix(\.candidate, integers.candidate))
    }
    input = matrices(exact.input, cell.input, .inputWeights, vectorScale)
    recurrent = matrices(exact.recurrent, cell.recurrent, .recurrentWeights, cell.stateScale)
    let zero = [Int32](repeating: 0, count: cell.hiddenSize)
    if rounded.contains(.biases) {
      bias = cell.bias.map { $0.map { Double($0) } }
      recurrentBias = (cell.recurrentBias ?? zero).map { Double($0) }
    } else {
      bias = exact.bias.map { $0.map { scalbn($0, 18 - shift) } }
      recurrentBias = exact.recurrentBias.map { scalbn($0, 18 - shift) }
    }
    initialState =
      rounded.contains(.state)
      ? cell.initialState?.map { Double($0) * 0x1p8 } ?? zero.map { Double($0) }
      : exact.initialState.map { $0 / cell.stateScale * 0x1p8 }
  }

  /// h in Q15, as matrices read it.
  func hidden(_ state: [Double]) -> [Double] {
    state.map { roundsState ? saturatedQ15($0 * 0x1p-8) : $0 * 0x1p-8 }
  }

  /// The next state in Q23.
  ///
  ///     r = σ(Wr·x + Ur·h + br)
  ///     z = σ(Wz·x + Uz·h + bz)
  ///     n = φ(Wn·x + bn + r ⊙ (Un·h + cn))      reset after
  ///     n = φ(Wn·x + bn + Un·(r ⊙ h))           reset before
  ///     h ← n + z ⊙ (h − n)
  func step(_ x: EmulatedVector, state: [Double]) -> [Double] {
    let h = hidden(state)
    let s = cell.preActivationShift
    func sum(_ w: EmulatedMatrix, _ u: [Double], _ b: [Double]) -> [Double] {
      zip(zip(w(x), b).map(+), u).map { scalbn($0 + $1, s) }
    }
    let r = sum(input.reset, recurrent.reset(h), bias.reset).map(gate)
    let z = sum(input.update, recurrent.update(h), bias.update).map(gate)
    let candidateSums: [Double]
    switch cell.reset {
    case .after:
      let c = zip(recurrent.candidate(h), recurrentBias).map { scalbn($0 + $1, s) }
      let gated = zip(c, r).map { round($0 * $1, roundsSums) }
      candidateSums = zip(zip(input.candidate(x), bias.candidate).map { scalbn($0 + $1, s) }, gated)
        .map(+)
    case .before:
      let gated = zip(h, r).map { round($0 * $1, roundsState) }
      candidateSums = sum(input.candidate, recurrent.candidate(gated), bias.candidate)
    }
    let n = candidateSums.map(candidate)
    return state.indices.map { unit in
      stored(round(n[unit] + z[unit] * (state[unit] - n[unit]), roundsBlend))
    }
  }

  private func round(_ value: Double, _ isRounded: Bool) -> Double {
    isRounded ? roundedHalfUp(value) : value
  }

  /// σ of a Q18, from 0 to 1.
  private func gate(_ sum: Double) -> Double {
    roundsTables
      ? Double(FixedPoint.sigmoid(PreActivation(nearest: sum)).raw) * 0x1p-16
      : FloatGRU.sigmoid(sum * 0x1p-18)
  }

  /// φ of a Q18, in Q23.
  private func candidate(_ sum: Double) -> Double {
    guard roundsTables else {
      return cell.candidate.function(sum * 0x1p-18) / cell.stateScale * 0x1p8
    }
    let sum = PreActivation(nearest: sum)
    let value =
      cell.candidate == .relu
      ? FixedPoint.relu(sum, stateExponent: Int32(cell.stateExponent)) : FixedPoint.tanh(sum)
    return Double(value.raw)
  }

  /// What is left of a Q23 until the next step.
  private func stored(_ state: Double) -> Double {
    guard roundsState else { return state }
    let hidden = saturatedQ15(state * 0x1p-8) * 0x1p8
    return cell.carryBits == 0 ? hidden : hidden + min(127, roundedHalfUp(state - hidden))
  }
}

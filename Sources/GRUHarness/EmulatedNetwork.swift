import FixedPoint
import FloatGRU
import Foundation
import GRUQuantizer
import ModelFiles

/// The parts of a header that can be exact instead.
enum RoundedPart: String, CaseIterable {
  /// The int16 that the first layer reads, or an embedding's rows.
  case inputs
  case inputWeights = "weights of W"
  case recurrentWeights = "weights of U"
  case biases
  /// A dense layer before a cell, with all that it rounds.
  case dense = "dense layers"
  /// Every rounding on the way to a pre-activation.
  case sums
  /// σ, tanh and the ends of a ReLU.
  case tables
  case blend
  /// The int16, with the carry where there is one, that is left of a state between two steps, and
  /// r ⊙ h.
  case state = "state width"
}

/// The runtime's step in Double, in which each part of a header can be exact.
///
/// Every number is in the runtime's own units, so that to round is to take a floor. With all parts
/// rounded, all numbers are integers or have few fraction bits: below 2⁴⁷ in a row's sum, 2⁴⁶ in
/// r·c, 2⁴¹ in the blend. A Double holds 2⁵³, so that the states are the runtime's to the bit. Only
/// a row's high product is longer, and is taken in two halves.
struct EmulatedNetwork {
  private let float: FloatNetwork
  private let quantized: QuantizedNetwork
  private let isInputRounded: Bool
  private let layers: [Layer]
  /// h of each layer in Q23, which the blend reads; empty where the layer keeps none.
  private(set) var states: [[Double]]

  private enum Layer {
    case embedding(RealMatrix)
    case cell(EmulatedCell)
    case dense(EmulatedDense)
    /// A dense layer that no state depends on.
    case last
  }

  /// - Parameters:
  ///   - network: folded as the header.
  ///   - rounded: the parts that are as in the header.
  init(_ network: Network, _ quantized: QuantizedNetwork, rounding rounded: Set<RoundedPart>) {
    float = FloatNetwork(network)
    self.quantized = quantized
    isInputRounded = rounded.contains(.inputs)
    let scales = network.vectorScales(in: quantized)
    layers = zip(network.layers, quantized.layers).enumerated().map { index, pair in
      switch pair {
      case (.embedding(let exact), .embedding(let embedding)):
        let values =
          rounded.contains(.inputs)
          ? embedding.rows.map { Double($0) }
          : exact.table.values.map { $0 / exact.int16Scale }
        return .embedding(
          RealMatrix(rows: exact.table.rows, columns: exact.table.columns, values: values))
      case (.gru(let exact), .cell(let cell)):
        return .cell(EmulatedCell(exact, cell, vectorScale: scales[index], rounding: rounded))
      case (.dense(let exact), .dense(let dense)):
        guard index < quantized.layers.count - 1 else { return .last }
        return .dense(
          EmulatedDense(
            exact, dense, vectorScale: scales[index], isRounded: rounded.contains(.dense)))
      default: preconditionFailure("layer \(index) was quantized as another kind")
      }
    }
    states = []
    reset()
  }

  /// Forgets the past.
  mutating func reset() {
    states = layers.map { if case .cell(let cell) = $0 { cell.initialState } else { [] } }
  }

  /// The hidden state of each layer as matrices read it, real; empty where the layer keeps none.
  var hidden: [[Double]] {
    layers.indices.map { index in
      guard case .cell(let cell) = layers[index] else { return [] }
      return cell.hidden(states[index]).map { $0 * cell.cell.stateScale }
    }
  }

  /// One time step of the states.
  mutating func step(_ input: [Double]) {
    var vector = firstVector(input)
    for (index, layer) in layers.enumerated() {
      switch (layer, vector) {
      case (.embedding(let table), .token(let token)): vector = .units(Array(table.row(token)))
      case (.cell(let cell), _):
        states[index] = cell.step(vector, state: states[index])
        vector = .units(cell.hidden(states[index]))
      case (.dense(let dense), .units(let units)): vector = .units(dense(units))
      default: return
      }
    }
  }

  private func firstVector(_ input: [Double]) -> EmulatedVector {
    switch quantized.rawInput(input).raw {
    case .token(let token): .token(token)
    case .vector(let raw):
      .units(isInputRounded ? raw.map { Double($0) } : float.firstVector(input))
    }
  }
}

/// What a layer reads: int16 units, which are whole where they are rounded.
private enum EmulatedVector {
  case units([Double])
  case token(Int)
}

/// A cell whose parts are rounded or exact.
private struct EmulatedCell {
  let cell: QuantizedCell
  /// In Q23.
  let initialState: [Double]
  private let exact: GRULayer
  private let rounded: Set<RoundedPart>
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
    self.rounded = rounded
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
    state.map { rounded.contains(.state) ? saturatedQ15($0 * 0x1p-8) : $0 * 0x1p-8 }
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
      let gated = zip(c, r).map { round($0 * $1, .sums) }
      candidateSums = zip(zip(input.candidate(x), bias.candidate).map { scalbn($0 + $1, s) }, gated)
        .map(+)
    case .before:
      let gated = zip(h, r).map { round($0 * $1, .state) }
      candidateSums = sum(input.candidate, recurrent.candidate(gated), bias.candidate)
    }
    let n = candidateSums.map(candidate)
    return state.indices.map { unit in
      stored(round(n[unit] + z[unit] * (state[unit] - n[unit]), .blend))
    }
  }

  private func round(_ value: Double, _ part: RoundedPart) -> Double {
    rounded.contains(part) ? roundedHalfUp(value) : value
  }

  /// σ of a Q18, from 0 to 1.
  private func gate(_ sum: Double) -> Double {
    rounded.contains(.tables)
      ? Double(FixedPoint.sigmoid(PreActivation(nearest: sum)).raw) * 0x1p-16
      : FloatGRU.sigmoid(sum * 0x1p-18)
  }

  /// φ of a Q18, in Q23.
  private func candidate(_ sum: Double) -> Double {
    guard rounded.contains(.tables) else {
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
    guard rounded.contains(.state) else { return state }
    let hidden = saturatedQ15(state * 0x1p-8) * 0x1p8
    return cell.carryBits == 0 ? hidden : hidden + min(127, roundedHalfUp(state - hidden))
  }
}

/// A dense layer that another layer follows, all rounded or exact.
private struct EmulatedDense {
  private let dense: QuantizedDense
  private let isRounded: Bool
  private let weights: EmulatedMatrix
  /// In Q(18 − s).
  private let bias: [Double]

  init(_ exact: DenseLayer, _ dense: QuantizedDense, vectorScale: Double, isRounded: Bool) {
    self.dense = dense
    self.isRounded = isRounded
    weights = EmulatedMatrix(
      exact.weights, dense.weights, vectorScale: vectorScale,
      preActivationShift: dense.preActivationShift, isRounded: isRounded, roundsSums: isRounded)
    bias =
      isRounded
      ? dense.bias.map { Double($0) }
      : exact.bias.map { scalbn($0, 18 - dense.preActivationShift) }
  }

  /// φ(A·x + b) in the units that the next layer reads.
  func callAsFunction(_ x: [Double]) -> [Double] {
    zip(weights(x), bias).map { product, bias in
      let sum = scalbn(product + bias, dense.preActivationShift)
      guard isRounded else { return dense.activation.function(sum * 0x1p-18) / dense.outputScale }
      return saturatedQ15(activated(PreActivation(nearest: sum)) * 0x1p-18 / dense.outputScale)
    }
  }

  /// Q18.
  private func activated(_ x: PreActivation) -> Double {
    switch dense.activation {
    case .none, .softmax: Double(x.raw)
    case .relu: Double(max(0, x.raw))
    case .tanh: Double(FixedPoint.tanh(x).raw) * 0x1p-5
    case .sigmoid: Double(FixedPoint.sigmoid(x).raw) * 0x1p2
    }
  }
}

/// A matrix whose product is a share of a pre-activation in Q(18 − s).
private struct EmulatedMatrix {
  /// Integers, or exact weights that multiply int16 units to Q(18 − s).
  private let weights: RealMatrix
  /// nil for exact weights.
  private let multipliers: [Double]?
  /// 2^m of an int16 row.
  private let divisor: Double
  private let roundsSums: Bool

  init(
    _ exact: RealMatrix, _ integers: QuantizedMatrix, vectorScale: Double, preActivationShift: Int,
    isRounded: Bool, roundsSums: Bool
  ) {
    self.roundsSums = roundsSums
    divisor = scalbn(1, integers.shift)
    if isRounded {
      weights =
        integers.layout == .tokens
        ? integers.integers.map { $0 * scalbn(1, integers.shift) } : integers.integers
      multipliers = integers.multipliers.map { Double($0) }
    } else {
      weights = exact.map { scalbn($0 * vectorScale, 18 - preActivationShift) }
      multipliers = nil
    }
  }

  func callAsFunction(_ vector: EmulatedVector) -> [Double] {
    switch vector {
    case .units(let units): self(units)
    case .token(let token):
      stride(from: token, to: weights.values.count, by: weights.columns).map { weights.values[$0] }
    }
  }

  func callAsFunction(_ units: [Double]) -> [Double] {
    let sums = weights(units)
    guard let multipliers else { return roundsSums ? sums.map(roundedHalfUp) : sums }
    return zip(sums, multipliers).map { sum, multiplier in
      roundsSums
        ? roundedHighProduct(roundedHalfUp(sum / divisor), multiplier)
        : sum / divisor * multiplier * 0x1p-32
    }
  }
}

/// ⌊x + ½⌋
private func roundedHalfUp(_ x: Double) -> Double { (x + 0.5).rounded(.down) }

/// ⌊a·b / 2³² + ½⌋ of integers below 2³¹, exact: a Double holds the upper half of a·b, and `rest`
/// what that leaves over.
func roundedHighProduct(_ a: Double, _ b: Double) -> Double {
  let product = a * b
  let rest = (-product).addingProduct(a, b)
  let floor = (product * 0x1p-32).rounded(.down)
  return product - floor * 0x1p32 + rest >= 0x1p31 ? floor + 1 : floor
}

/// The nearest int16.
private func saturatedQ15(_ x: Double) -> Double { max(-32_768, min(32_767, roundedHalfUp(x))) }

extension PreActivation {
  /// The nearest Q18: a sum that is exact loses far less by it than the tables lose.
  fileprivate init(nearest sum: Double) {
    self.init(raw: Int32(max(-0x1p31, min(0x1p31 - 1, roundedHalfUp(sum)))))
  }
}

extension RealMatrix {
  fileprivate func map(_ transform: (Double) -> Double) -> RealMatrix {
    RealMatrix(rows: rows, columns: columns, values: values.map(transform))
  }
}

import FloatGRU
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

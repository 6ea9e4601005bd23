import CGRU
import FixedPoint
public import ModelFiles

/// A network in integers: what a header holds, before it is written or after it is read.
public struct QuantizedNetwork: Equatable {
  /// The prefix of every symbol in the header.
  public var name: String
  /// real = `inputScale` × raw
  public var inputScale: Float
  public var layers: [QuantizedLayer]

  public init(name: String, inputScale: Float, layers: [QuantizedLayer]) {
    self.name = name
    self.inputScale = inputScale
    self.layers = layers
  }

  public var inputSize: Int { layers.first?.inputSize ?? 0 }
  public var outputSize: Int { layers.last?.outputSize ?? 0 }
  public var cells: [QuantizedCell] { layers.compactMap(\.cell) }

  /// Bytes kept between steps.
  public var stateSize: Int {
    cells.reduce(0) { size, cell in
      size + padded(2 * cell.hiddenSize) + (cell.carryBits > 0 ? padded(cell.hiddenSize) : 0)
    }
  }

  /// Bytes needed during a step.
  public var scratchSize: Int { cells.map { padded(2 * $0.hiddenSize) }.max() ?? 0 }

  /// Bytes of weights, multipliers and biases in flash.
  public var constantSize: Int { layers.reduce(0) { $0 + $1.constantSize } }
}

public enum QuantizedLayer: Equatable {
  case cell(QuantizedCell)
  case dense(QuantizedDense)

  public var cell: QuantizedCell? {
    if case .cell(let cell) = self { cell } else { nil }
  }

  public var inputSize: Int {
    switch self {
    case .cell(let cell): cell.input.reset.columns
    case .dense(let dense): dense.weights.columns
    }
  }

  public var outputSize: Int {
    switch self {
    case .cell(let cell): cell.hiddenSize
    case .dense(let dense): dense.weights.rows
    }
  }

  /// Bytes of weights, multipliers and biases.
  public var constantSize: Int {
    switch self {
    case .cell(let cell):
      (cell.input.inOrder + cell.recurrent.inOrder).reduce(0) { $0 + $1.size }
        + 4 * (3 + (cell.recurrentBias == nil ? 0 : 1)) * cell.hiddenSize
    case .dense(let dense):
      dense.weights.size + 4 * dense.bias.count
    }
  }
}

/// Width of a stored weight.
public enum WeightFormat: String, Sendable, CaseIterable {
  case int8
  case int16

  /// The largest magnitude of a weight; its negative is the smallest weight.
  public var limit: Int { self == .int8 ? 127 : 32_767 }
  /// Bytes of a weight.
  public var size: Int { self == .int8 ? 1 : 2 }
  /// The header's constant.
  public var code: UInt8 { UInt8(self == .int8 ? GRU_WEIGHTS_INT8 : GRU_WEIGHTS_INT16) }
}

/// Integer rows, each with a multiplier that carries the scales of the row and of its input.
public struct QuantizedMatrix: Equatable {
  public var rows: Int
  public var columns: Int
  public var format: WeightFormat
  /// Row after row.
  public var weights: [Int16]
  /// One a row.
  public var multipliers: [Int32]
  /// Bits that an int16 row's 64-bit sum is rounded right by; 0 for int8.
  public var shift: Int

  public init(
    rows: Int, columns: Int, format: WeightFormat, weights: [Int16], multipliers: [Int32],
    shift: Int
  ) {
    self.rows = rows
    self.columns = columns
    self.format = format
    self.weights = weights
    self.multipliers = multipliers
    self.shift = shift
  }

  /// Bytes of weights and multipliers.
  public var size: Int { weights.count * format.size + 4 * multipliers.count }

  func row(_ index: Int) -> ArraySlice<Int16> {
    weights[index * columns..<(index + 1) * columns]
  }
}

/// A reset-after unit with a tanh candidate.
public struct QuantizedCell: Equatable {
  public var input: Gates<QuantizedMatrix>
  public var recurrent: Gates<QuantizedMatrix>
  /// Q(18 − `preActivationShift`), as `recurrentBias`.
  public var bias: Gates<[Int32]>
  /// nil where all of it is zero.
  public var recurrentBias: [Int32]?
  public var preActivationShift: Int
  /// 0 or 8.
  public var carryBits: Int

  public init(
    input: Gates<QuantizedMatrix>, recurrent: Gates<QuantizedMatrix>, bias: Gates<[Int32]>,
    recurrentBias: [Int32]?, preActivationShift: Int, carryBits: Int
  ) {
    self.input = input
    self.recurrent = recurrent
    self.bias = bias
    self.recurrentBias = recurrentBias
    self.preActivationShift = preActivationShift
    self.carryBits = carryBits
  }

  public var hiddenSize: Int { input.reset.rows }
}

public struct QuantizedDense: Equatable {
  public var weights: QuantizedMatrix
  public var bias: [Int32]
  public var activation: Activation
  public var preActivationShift: Int

  public init(
    weights: QuantizedMatrix, bias: [Int32], activation: Activation, preActivationShift: Int
  ) {
    self.weights = weights
    self.bias = bias
    self.activation = activation
    self.preActivationShift = preActivationShift
  }
}

extension Activation {
  /// The header's constant.
  public var code: UInt8 {
    switch self {
    case .none: UInt8(GRU_ACTIVATION_NONE)
    case .relu: UInt8(GRU_ACTIVATION_RELU)
    case .tanh: UInt8(GRU_ACTIVATION_TANH)
    case .sigmoid: UInt8(GRU_ACTIVATION_SIGMOID)
    case .softmax: UInt8(GRU_ACTIVATION_SOFTMAX)
    }
  }
}

/// Memory is given out in words.
private func padded(_ bytes: Int) -> Int { (bytes + 3) / 4 * 4 }

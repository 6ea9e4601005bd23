public import GRUQuantizer
import ModelFiles

/// Networks of random integers: no float model, no quantizer, nothing but what the bounds of the
/// arithmetic allow, up to their ends.
public struct RandomIntegers<Generator: RandomNumberGenerator> {
  private var generator: Generator
  /// Whether every constant is at an end of its range.
  private let isExtreme: Bool

  public init(seed: UInt64, isExtreme: Bool) where Generator == SeededGenerator {
    self.init(from: SeededGenerator(seed: seed), isExtreme: isExtreme)
  }

  public init(from generator: Generator, isExtreme: Bool) {
    self.generator = generator
    self.isExtreme = isExtreme
  }

  // MARK: Values

  private mutating func number(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &generator)
  }

  private mutating func choose<T>(_ values: [T]) -> T { values.randomElement(using: &generator)! }

  /// Of ±`limit`: an end, zero, or anything.
  private mutating func value(within limit: Int) -> Int {
    switch isExtreme ? number(0...1) : number(0...7) {
    case 0: limit
    case 1: -limit
    case 2: 0
    default: number(-limit...limit)
    }
  }

  /// An input, the state of a unit, an entry of a table: any 16 bits.
  public mutating func halfword() -> Int16 {
    isExtreme || number(0...3) == 0
      ? choose([.min, -32_767, -1, 0, 1, 32_766, .max])
      : .random(in: .min ... .max, using: &generator)
  }

  public mutating func input(for network: QuantizedNetwork) -> [Int16] {
    (0..<network.inputSize).map { _ in halfword() }
  }

  public mutating func token(for network: QuantizedNetwork) -> Int {
    number(0...network.inputSize - 1)
  }

  public mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in .random(in: .min ... .max, using: &generator) }
  }

  // MARK: Networks

  /// A chain that the runtime runs: tokens or vectors, dense layers before, between and after,
  /// one to three cells, sizes from 1 to `largest`.
  public mutating func network(largest: Int = 40) -> QuantizedNetwork {
    func size() -> Int { number(0...3) == 0 ? number(1...largest) : number(1...min(9, largest)) }
    var (layers, width) = ([QuantizedLayer](), size())
    var input = QuantizedInput.vector(scales: [0x1p-12], offsets: [])
    var readsTokens = false
    switch number(0...5) {
    case 0:
      (input, readsTokens) = (.tokens, true)
    case 1:
      let tokens = size()
      input = .tokens
      layers.append(
        .embedding(
          .init(tokens: tokens, width: width, rows: (0..<tokens * width).map { _ in halfword() })))
    case 2:
      layers.append(.dense(dense(inputs: width, outputs: size(), isLast: false)))
    default: break
    }
    width = layers.last?.outputSize ?? width
    for cell in 0...choose([0, 0, 0, 1, 2]) {
      if cell > 0, number(0...3) == 0 {
        layers.append(.dense(dense(inputs: width, outputs: size(), isLast: false)))
        width = layers.last!.outputSize
      }
      layers.append(.cell(self.cell(inputs: width, units: size(), readsTokens: readsTokens)))
      (readsTokens, width) = (false, layers.last!.outputSize)
    }
    if number(0...1) == 0 {
      layers.append(.dense(dense(inputs: width, outputs: size(), isLast: true)))
    }
    return QuantizedNetwork(name: "random", input: input, layers: layers)
  }

  private mutating func cell(inputs: Int, units: Int, readsTokens: Bool) -> QuantizedCell {
    let shift = number(0...18)
    // What a row's parts may reach, so that their sum, two bits higher on its way through the reset
    // gate, stays in 32 bits.
    let reach = Int(Int32.max) >> shift
    let hasInitialState = number(0...2) == 0
    let candidate: Activation = choose([.tanh, .relu])
    let formats = choose([[WeightFormat.int8], [.int16], [.int8, .int16]])
    let input = Gates(reset: 0, update: 0, candidate: 0).map { _ in
      readsTokens
        ? table(rows: units, tokens: inputs, reach: reach / 4)
        : matrix(rows: units, columns: inputs, choose(formats), reach: reach / 4)
    }
    let recurrent = Gates(reset: 0, update: 0, candidate: 0).map { _ in
      matrix(rows: units, columns: units, choose(formats), reach: reach / 10)
    }
    func biases(_ limit: Int) -> [Int32] { (0..<units).map { _ in Int32(value(within: limit)) } }
    return QuantizedCell(
      reset: choose([.after, .before]), candidate: candidate, input: input, recurrent: recurrent,
      bias: Gates(
        reset: biases(reach / 4), update: biases(reach / 4), candidate: biases(reach / 4)),
      recurrentBias: number(0...1) == 0 ? nil : biases(reach / 10),
      initialState: hasInitialState ? (0..<units).map { _ in halfword() } : nil,
      preActivationShift: shift, carryBits: choose([0, 8]),
      stateExponent: candidate == .relu ? number(0...12) : 0)
  }

  private mutating func dense(inputs: Int, outputs: Int, isLast: Bool) -> QuantizedDense {
    let shift = number(0...18)
    let reach = Int(Int32.max) >> shift
    return QuantizedDense(
      weights: matrix(
        rows: outputs, columns: inputs, choose([.int8, .int16]), reach: reach / 2),
      bias: (0..<outputs).map { _ in Int32(value(within: reach / 4)) },
      activation: choose(
        isLast ? [.none, .relu, .tanh, .sigmoid, .softmax] : [.none, .relu, .tanh, .sigmoid]),
      preActivationShift: shift, outputExponent: isLast ? 0 : number(-2...12))
  }

  /// Rows whose products stay within ±`reach`, for any vector: the last of them reach it.
  private mutating func matrix(
    rows: Int, columns: Int, _ format: WeightFormat, reach: Int
  ) -> QuantizedMatrix {
    // A grid that the model was trained on goes down to −128 or −32768.
    let isGrid = number(0...3) == 0
    let weights = (0..<rows * columns).map { _ in
      isGrid && number(0...3) == 0 ? -format.limit - 1 : value(within: format.limit)
    }
    func sum(_ row: Int) -> Int {
      weights[row * columns..<(row + 1) * columns].reduce(0) { $0 + abs($1) } << 15
    }
    var shift = 0
    if format == .int16 {
      let largest = (0..<rows).map(sum).max()!
      shift = number(1...4)
      while (largest + 1 << (shift - 1)) >> shift > Int(Int32.max) { shift += 1 }
    }
    let multipliers = (0..<rows).map { row -> Int32 in
      let accumulator = shift == 0 ? sum(row) : (sum(row) + 1 << (shift - 1)) >> shift
      let largest = min(Int(Int32.max), (reach << 32 - 1 << 31) / max(1, accumulator))
      return Int32(max(0, isExtreme ? largest : number(0...max(0, largest))))
    }
    return QuantizedMatrix(
      rows: rows, columns: columns, format: format, weights: weights.map { Int16($0) },
      multipliers: multipliers, shift: shift)
  }

  /// One entry for each row and token, within ±`reach`.
  private mutating func table(rows: Int, tokens: Int, reach: Int) -> QuantizedMatrix {
    let shift = number(0...max(0, (reach >> 15).bitWidth - (reach >> 15).leadingZeroBitCount - 1))
    let limit = min(32_767, reach >> shift)
    return QuantizedMatrix(
      rows: rows, columns: tokens, format: .int16, layout: .tokens,
      weights: (0..<rows * tokens).map { _ in Int16(value(within: limit)) }, multipliers: [],
      shift: shift)
  }
}

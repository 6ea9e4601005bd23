import FloatGRU
import ModelFiles
import TestSupport
import Testing

@testable import GRUQuantizer

/// Vectors whose components go together, as features and states do.
private func correlated(_ size: Int, count: Int, seed: UInt64) -> [[Double]] {
  var generator = SeededGenerator(seed: seed)
  return (0..<count).map { _ in
    let common = Double.random(in: -1...1, using: &generator)
    return (0..<size).map {
      0.3 * common * Double($0 % 3) + .random(in: -0.3...0.5, using: &generator)
    }
  }
}

/// Σ v·vᵀ, as the definition has it.
private func moment(_ vectors: [[Double]]) -> SymmetricMatrix {
  var result = SymmetricMatrix(size: vectors[0].count)
  for vector in vectors {
    for row in vector.indices {
      for column in vector.indices { result[row, column] += vector[row] * vector[column] }
    }
  }
  return result
}

@Suite("Second moments") struct GramTests {
  @Test("tiles and blocks add up to the definition", arguments: [1, 7, 8, 13, 40])
  func definition(size: Int) {
    let vectors = correlated(size, count: 70, seed: UInt64(size))
    var gram = Gram(size: size)
    let flat = vectors.flatMap { vector in
      vector.map { Float($0) } + Array(repeating: 0, count: gram.stride - size)
    }
    flat.withUnsafeBufferPointer { flat in
      gram.add(flat.baseAddress!, count: 32)
      gram.add(flat.baseAddress! + 32 * gram.stride, count: 38)
    }
    let (expected, found) = (moment(vectors), gram.matrix)
    for (a, b) in zip(expected.values, found.values) { #expect(abs(a - b) < 1e-4) }
  }

  @Test("a factor times its transpose is the matrix, in an order with the least variance last")
  func factor() throws {
    let matrix = moment(correlated(6, count: 40, seed: 2))
    let units = [1, 3, 0.5, 2, 1, 0.2]
    let (columns, factor) = try #require(
      matrix.upperFactor(of: [[4, 0, 5], [2, 3]], units: units))
    #expect(Set(columns.prefix(3)) == [0, 4, 5] && Set(columns.suffix(2)) == [2, 3])
    func variance(_ place: Int) -> Double {
      let deviation = factor[place * 5 + place] * units[columns[place]]
      return deviation * deviation
    }
    for (row, first) in columns.enumerated() {
      for (column, second) in columns.enumerated() {
        let product = (0..<5).reduce(0) { $0 + factor[row * 5 + $1] * factor[column * 5 + $1] }
        #expect(abs(product - matrix[first, second]) < 1e-12)
        #expect(column >= row || factor[row * 5 + column] == 0)
      }
    }
    // With nothing after it, a column's variance is the diagonal.
    let least = [2, 3].map { matrix[$0, $0] * units[$0] * units[$0] }.min()!
    #expect(abs(variance(4) - least) < 1e-12)
    // What any other column of the block would vary in the third place, by elimination.
    for other in columns.prefix(2) {
      let rest = [other] + columns.suffix(2)
      let alone =
        try #require(
          matrix.upperFactor(of: rest.map { [$0] }, units: units)
        ).values[0] * units[other]
      #expect(alone * alone >= variance(2))
    }
    #expect(moment([[1, 1]]).upperFactor(of: [[0, 1]], units: [1, 1]) == nil)
  }
}

@Suite("Rounded rows") struct RoundedRowTests {
  private func loss(_ difference: [Double], _ gram: SymmetricMatrix) -> Double {
    zip(difference, gram(difference)).reduce(0) { $0 + $1.0 * $1.1 }
  }

  @Test("no integers within two of a row of three serve better, except in one row of a hundred")
  func exhaustive() {
    var generator = SeededGenerator(seed: 7)
    var worse = 0
    for trial in 0..<200 {
      // The last component is 1: a bias.
      let gram = moment(correlated(3, count: 60, seed: UInt64(trial)).map { $0 + [1] })
      let row = (0..<4).map { _ in Double.random(in: -9...9, using: &generator) }
      var group = RoundedRow.Group(row[0..<3], at: 0..<3, .int8)
      group.scale = 1
      var rounded = RoundedRow(row, groups: [group])
      rounded.compensate(row, gram)
      var best = Double.infinity
      for code in 0..<125 {
        var q = row
        for column in 0..<3 {
          let offset = code / [1, 5, 25][column] % 5 - 2
          q[column] = row[column].rounded() + Double(offset)
        }
        var d = zip(q, row).map(-)
        d[3] = -(0..<3).reduce(0) { $0 + gram[3, $1] * d[$1] } / gram[3, 3]
        best = min(best, loss(d, gram))
      }
      if loss(zip(rounded.values, row).map(-), gram) > best * 1.0001 { worse += 1 }
    }
    #expect(worse <= 2)
  }

  @Test("no weight leaves its format, and data without any signal changes nothing")
  func limits() {
    let row = [127.4, -127.4, 127.4, -127.4, 127.4, -127.4, 0.5]
    var group = RoundedRow.Group(row[0..<6], at: 0..<6, .int8)
    group.scale = 1
    var rounded = RoundedRow(row, groups: [group])
    rounded.compensate(row, moment(correlated(7, count: 50, seed: 5)))
    #expect(rounded.integers(of: rounded.groups[0]).allSatisfy { abs($0) <= 127 })
    let nearest = RoundedRow(row, groups: [group])
    var silent = nearest
    silent.compensate(row, SymmetricMatrix(size: 7).damped([group]))
    #expect(silent.integers(of: group) == nearest.integers(of: group))
  }

  @Test("beside a group that stays on its grid, the bias ends where the loss is flat")
  func besideGrid() {
    let row: [Double] = [-128, 3, 77].map { $0 / 64.0 } + [1.17, -0.61, 0.33, 0.3]
    let gram = moment(correlated(6, count: 60, seed: 8).map { $0 + [1] })
    let groups = [
      RoundedRow.Group(row[0..<3], at: 0..<3, .int8), .init(row[3..<6], at: 3..<6, .int8),
    ]
    #expect(groups[0].isExact && !groups[1].isExact)
    var rounded = RoundedRow(row, groups: groups)
    rounded.compensate(row, gram)
    let slope = gram(zip(rounded.values, row).map(-))
    #expect(Array(rounded.values[0..<3]) == Array(row[0..<3]))
    #expect(abs(slope[6]) < 1e-9)
  }

  @Test("rows on a grid are left alone, and so is their scale")
  func grid() {
    let row: [Double] = [-128, 3, 77, 5].map { $0 / 64.0 } + [0.3]
    let group = RoundedRow.Group(row[0..<4], at: 0..<4, .int8)
    var rounded = RoundedRow(row, groups: [group])
    rounded.compensate(row, moment(correlated(5, count: 50, seed: 6)))
    #expect(rounded.integers(of: rounded.groups[0]) == [-128, 3, 77, 5])
    #expect(rounded.groups[0].scale == 1.0 / 64 && rounded.values == row)
  }
}

@Suite("Traces") struct CellTracesTests {
  /// A cell whose units don't read each other: there the traces are exact.
  private func layer(_ reset: ResetMode, _ candidate: Activation) -> GRULayer {
    let network = RandomNetworks.network(inputs: 3, hidden: [2], seed: 5)
    guard case .gru(var layer) = network.layers[0] else { fatalError() }
    layer.reset = reset
    layer.candidate = candidate
    let zero = RealMatrix(rows: 2, columns: 2, values: [0, 0, 0, 0])
    layer.recurrent = Gates(reset: zero, update: zero, candidate: zero)
    layer.recurrentBias = reset == .after ? [0.4, -0.3] : [0, 0]
    return layer
  }

  private func state(_ layer: GRULayer, _ data: Sequences) -> [Double] {
    var float = FloatNetwork(Network(layers: [.gru(layer)]))
    var last: [Double] = []
    for step in 0..<data.steps {
      last = float.step(data.sequences[0].input(at: step, width: 3)).output
    }
    return last
  }

  @Test(
    "are the derivatives of the state by each weight and bias, against finite differences",
    arguments: ResetMode.allCases, [Activation.tanh, .relu])
  func derivatives(reset: ResetMode, candidate: Activation) {
    let layer = layer(reset, candidate)
    let data = RandomNetworks.inputs(width: 3, steps: 70, seed: 9)
    let network = Network(layers: [.gru(layer)])
    let traces = CellTraces(layer, at: 0, in: Recording(of: network, over: data))
    var last = [Float](repeating: 0, count: 70)
    last[69] = 1
    let delta = 1e-5
    for gate in GateIndex.allCases {
      let columns = traces.columns(of: gate)
      for unit in 0..<2 {
        let found = traces.projection(of: gate, unit: unit, on: last)
        for column in 0..<columns.count {
          func moved(_ sign: Double) -> Double {
            var other = layer
            switch column {
            case columns.input:
              other.input[gate].values[unit * 3 + column] += sign * delta
            case columns.recurrent:
              other.recurrent[gate].values[unit * 2 + column - 3] += sign * delta
            case columns.bias: other.bias[gate][unit] += sign * delta
            default: other.recurrentBias[unit] += sign * delta
            }
            return state(other, data)[unit]
          }
          let expected = (moved(1) - moved(-1)) / (2 * delta)
          #expect(abs(found[column] - expected) < 2e-5, "\(gate) \(unit) \(column)")
        }
      }
    }
  }

  @Test("a new sequence starts from nothing")
  func starts() {
    let layer = layer(.after, .tanh)
    let network = Network(layers: [.gru(layer)])
    let one = RandomNetworks.inputs(width: 3, steps: 40, seed: 3)
    let twice = Sequences(width: 3, sequences: [one.sequences[0], one.sequences[0]])
    func gram(_ data: Sequences) -> [Double] {
      CellTraces(layer, at: 0, in: Recording(of: network, over: data))
        .gram(of: .update, unit: 1).values
    }
    for (single, double) in zip(gram(one), gram(twice)) {
      #expect(abs(double - 2 * single) < 1e-5)
    }
  }
}

@Suite("Rounding methods") struct RounderTests {
  @Test(
    "over four networks, compensated serves better than nearest, and tuned better still",
    arguments: ResetMode.allCases)
  func better(reset: ResetMode) throws {
    var products = (nearest: 1.0, compensated: 1.0, tuned: 1.0)
    for seed in 1...4 as ClosedRange<UInt64> {
      let errors = try errors(reset, seed: seed)
      products.nearest *= errors.nearest
      products.compensated *= errors.compensated
      products.tuned *= errors.tuned
    }
    #expect(products.compensated < 0.5 * products.nearest)
    #expect(products.tuned < products.compensated)
  }

  /// The float model's error with the weights that each method makes of it.
  private func errors(
    _ reset: ResetMode, seed: UInt64
  ) throws -> (nearest: Double, compensated: Double, tuned: Double) {
    var network = RandomNetworks.network(inputs: 4, hidden: [10], seed: seed)
    guard case .gru(var layer) = network.layers[0] else { return (0, 0, 0) }
    layer.reset = reset
    if reset == .before { layer.recurrentBias = Array(repeating: 0, count: 10) }
    network.layers[0] = .gru(layer)
    let data = smooth(width: 4, steps: 500, seed: seed)
    func error(_ method: Rounder.Method) -> Double {
      let rounded = Rounder(network, method, Recording(of: network, over: data))
        .round(.init(all: .int8))
      guard case .cell(let gates) = rounded.layers[0] else { return .infinity }
      var approximate = layer
      approximate.input = gates.map { $0.input!.values }
      approximate.recurrent = gates.map { $0.recurrent.values }
      approximate.bias = gates.map { $0.bias }
      if reset == .after { approximate.recurrentBias = gates.candidate.recurrentBias }
      var (float, other) = (
        FloatNetwork(network), FloatNetwork(Network(layers: [.gru(approximate)]))
      )
      var sum = 0.0
      for step in 0..<data.steps {
        let input = data.sequences[0].input(at: step, width: 4)
        for (a, b) in zip(float.step(input).output, other.step(input).output) {
          sum += (a - b) * (a - b)
        }
      }
      return sum.squareRoot()
    }
    return (error(.nearest), error(.compensated), error(.tuned))
  }

  /// Features that follow each other, as measured ones do.
  private func smooth(width: Int, steps: Int, seed: UInt64) -> Sequences {
    var generator = SeededGenerator(seed: seed)
    var (values, state) = ([Double](), [Double](repeating: 0, count: width))
    for _ in 0..<steps {
      let common = Double.random(in: -1...1, using: &generator)
      state = state.map { 0.9 * $0 + 0.3 * common + .random(in: -0.2...0.2, using: &generator) }
      values += state
    }
    return Sequences(width: width, sequences: [.init(values: values, steps: steps)])
  }
}

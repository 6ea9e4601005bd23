import FloatGRU
import GRUQuantizer
import ModelFiles
import TestSupport
import Testing

@testable import GRUHarness

@Suite("Explanation") struct ExplanationTests {
  @Test("over time: first and last tenth, drift and the worst step, from known errors")
  func overTime() throws {
    var time = ErrorOverTime(longest: 20, bins: 7)
    for sequence in 0..<2 {
      time.startSequence(steps: 20)
      for step in 0..<20 {
        let error = Double(step + 1) * (sequence == 0 ? 0.5 : 1)
        time.add([1, 2 - error], reference: [1, 2])
      }
    }
    // Two units, one of them exact: first steps 0.5, 1 and 1, 2.
    #expect(abs(time.first - ((0.25 + 1 + 1 + 4) / 8.0).squareRoot()) < 1e-12)
    #expect(abs(time.last - ((90.25 + 100 + 361 + 400) / 8.0).squareRoot()) < 1e-12)
    func power(_ steps: ClosedRange<Int>) -> Double {
      steps.reduce(0) { $0 + Double($1 * $1) }
    }
    #expect(abs(try #require(time.drift) - (power(17...20) / power(5...8)).squareRoot()) < 1e-12)
    #expect(time.worst == .init(sequence: 1, step: 19, unit: 1, float: 2, fixed: -18))
  }

  @Test("tenths and fifths begin and end where they should, in sequences of any length")
  func shares() {
    for length in 1...33 {
      var time = ErrorOverTime(longest: length, bins: 4)
      time.startSequence(steps: length)
      let errors = (1...length).map { Double($0) }
      for error in errors { time.add([error], reference: [0]) }
      func rms(_ steps: Range<Int>) -> Double {
        steps.isEmpty
          ? 0
          : (errors[steps].reduce(0) { $0 + $1 * $1 } / Double(steps.count)).squareRoot()
      }
      #expect(time.fifths == (0..<5).map { rms(length * $0 / 5..<length * ($0 + 1) / 5) })
      let tenth = max(1, length / 10)
      #expect(time.first == rms(0..<tenth) && time.last == rms(length - tenth..<length))
      #expect(time.bins.map(\.rms) == time.bins.map { rms($0.steps) })
      #expect(time.bins.count <= 4 && time.bins.last!.steps.upperBound == length)
      #expect(time.bins.map(\.lowest) == time.bins.map { errors[$0.steps].first! })
      #expect(time.bins.map(\.highest) == time.bins.map { errors[$0.steps].last! })
    }
  }

  @Test("warm-up: a unit that forgets soon agrees soon, one that never forgets does not")
  func warmUp() throws {
    for (bias, soon) in [(-4.0, true), (12.0, false)] {
      var network = RandomNetworks.network(inputs: 2, hidden: [3], seed: 3)
      network[gru: 0].bias.update = Array(repeating: bias, count: 3)
      network[gru: 0].initialState = soon ? [0, 0, 0] : [0.9, -0.9, 0.9]
      let data = RandomNetworks.inputs(width: 2, steps: 400, seed: 4)
      let quantized = try Quantized.network(
        network, calibration: data, .init(all: .int16), by: .nearest)
      var warmUp = try #require(try WarmUp(network, quantized, over: data, bound: 0.001))
      if soon { #expect(try #require(warmUp.steps) < 20) }
      warmUp = try #require(try WarmUp(network, quantized, over: data, bound: 1e-9))
      #expect(warmUp.steps == nil)
    }
    let short = RandomNetworks.inputs(width: 2, steps: 15, seed: 4)
    let network = RandomNetworks.network(inputs: 2, hidden: [3], seed: 3)
    let quantized = try Quantized.network(network, calibration: short)
    #expect(try WarmUp(network, quantized, over: short, bound: 1) == nil)
  }

  @Test("ends are counted gate by gate")
  func ends() throws {
    var network = RandomNetworks.network(inputs: 2, hidden: [3], seed: 3, weightRange: 0.1)
    var layer = network[gru: 0]
    // Far beyond 16; beyond 11.1, where σ ends; beyond 5.6, where tanh ends, with z = ½.
    layer.bias = Gates(reset: [-20, -20, 0], update: [13, 0, 0], candidate: [0, 8, -8])
    network[gru: 0] = layer
    let data = RandomNetworks.inputs(width: 2, steps: 50, seed: 4, range: 1)
    let quantized = try Quantized.network(network, calibration: data)
    let found = try Comparison(network, quantized, over: data).layers[0].saturations
    #expect(found.preactivation == Gates(reset: 100, update: 0, candidate: 0))
    #expect(found.gate == Gates(reset: 100, update: 50, candidate: 100))
    #expect(found.input == 0)
    // Half way to ±(1 − 2⁻¹⁶) at each step: after 16 steps the upper one rounds to 1, and stays.
    #expect((30...36).contains(found.state))
  }

  @Test("a ReLU candidate ends where its state can reach no further, not at 0")
  func reluEnds() throws {
    var network = RandomNetworks.network(inputs: 1, hidden: [2], seed: 3, weightRange: 0.1)
    network[gru: 0].candidate = .relu
    network[gru: 0].input.candidate.values = [1, -1]
    func data(_ value: Double) -> Sequences {
      Sequences(width: 1, sequences: [.init(values: Array(repeating: value, count: 30), steps: 30)])
    }
    let quantized = try Quantized.network(network, calibration: data(0.5), by: .nearest)
    let calm = try Comparison(network, quantized, over: data(0.5)).layers[0].saturations
    let wild = try Comparison(network, quantized, over: data(50)).layers[0].saturations
    // An input is clipped at twice the calibration's, which a candidate's range of three holds.
    #expect(calm.gate.candidate == 0 && wild.gate.candidate == 0 && wild.input == 30)
    var cell = quantized[cell: 0]
    cell.bias.candidate[0] = 1 << 22
    var spoiled = quantized
    spoiled[cell: 0] = cell
    let ends = try Comparison(network, spoiled, over: data(0.5)).layers[0].saturations
    #expect(ends.gate.candidate == 30)
  }

  @Test(
    "no step from any state and input is off by more than the bound", arguments: ResetMode.allCases,
    [0, 8])
  func stepBound(reset: ResetMode, carryBits: Int) throws {
    var network = RandomNetworks.network(inputs: 3, hidden: [8], seed: 6)
    var layer = network[gru: 0]
    layer.reset = reset
    if reset == .before { layer.recurrentBias = Array(repeating: 0, count: 8) }
    network[gru: 0] = layer
    let calibration = RandomNetworks.inputs(width: 3, steps: 100, seed: 7, range: 0.3)
    for format in WeightFormat.allCases {
      let quantized = try Quantized.network(
        network, calibration: calibration, .init(all: format), by: .nearest,
        carries: carryBits > 0 ? [0] : [])
      let reach = [Double](repeating: 8_192, count: 3)
      let bounds = StepBound.bounds(network, quantized, largestInputs: reach)[0]
      let (any, within) = (try #require(bounds.anyInput), try #require(bounds.measuredInputs))
      #expect(within < any && any < (format == .int8 ? 0.5 : 0.01))
      let fixed = try RuntimeInstance(RuntimeModel(quantized))
      let scales = quantized.inputScales
      var generator = SeededGenerator(seed: 8)
      for (limit, bound) in [(Int16.max, any), (8_192, within)] {
        var worst = 0.0
        for step in 0..<4_000 {
          // Every third step at the ends of the range.
          func raw(_ count: Int, _ limit: Int16) -> [Int16] {
            (0..<count).map { _ in
              step % 3 == 0
                ? (Bool.random(using: &generator) ? limit : -limit)
                : .random(in: -limit...limit, using: &generator)
            }
          }
          let (x, h) = (raw(3, limit), raw(8, .max))
          let carries = (0..<carryBits).map { _ in UInt8.random(in: 0...255, using: &generator) }
          fixed.stateBytes =
            h.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
            + carries
          let before = fixed.state(ofLayer: 0).map { Double($0) * 0x1p-23 }
          _ = try fixed.step(x)
          let truth = FloatCell(layer).step(
            x.map { Double($0) * Double(scales[0]) }, hidden: before)
          for (found, exact) in zip(fixed.hidden, truth.hidden) {
            worst = max(worst, abs(Double(found) * 0x1p-15 - exact))
          }
        }
        #expect(worst <= bound)
        #expect(worst > bound / 20)
      }
    }
  }

  @Test("where one gate is off at its steepest, the bound is nearly reached")
  func tightBound() throws {
    /// A unit that reads nothing but biases, whose header has one sum off by 0.1.
    func check(
      bias: Gates<Double>, recurrentBias: Double, state: Int16, readsTokens: Bool = false,
      spoil: (inout QuantizedCell) -> Void
    ) throws {
      var network = RandomNetworks.network(inputs: 2, hidden: [1], seed: 1, weightRange: 0)
      var layer = network[gru: 0]
      layer.bias = bias.map { [$0] }
      layer.recurrentBias = [recurrentBias]
      network = Network(input: readsTokens ? .tokens : .vector(nil), layers: [.gru(layer)])
      let data = Sequences(
        width: readsTokens ? 1 : 2, isTokens: readsTokens,
        sequences: [.init(values: [1, 1], steps: readsTokens ? 2 : 1)])
      var quantized = try Quantized.network(network, calibration: data, by: .nearest)
      var cell = quantized[cell: 0]
      #expect(cell.preActivationShift == 0)
      spoil(&cell)
      cell.initialState = [state]
      quantized[cell: 0] = cell
      let found = try Comparison(network, quantized, over: data)
      let bound = try #require(
        StepBound.bounds(network, quantized, largestInputs: found.largestInputs)[0].anyInput)
      let error = found.layers[0].stepError
      #expect(error <= bound && error > 0.98 * bound)
    }
    let tenth = 26_214
    // h − n is nearly −2, and z = ½.
    try check(
      bias: Gates(reset: 0, update: 0, candidate: 8), recurrentBias: 0, state: -32_767
    ) { $0.bias.update[0] += Int32(tenth) }
    // r·c − ½ is 0, and z = 0.
    let open = Gates(reset: 0, update: -20, candidate: -0.5)
    try check(bias: open, recurrentBias: 1, state: 0) { $0.bias.reset[0] += Int32(tenth) }
    try check(bias: open, recurrentBias: 1, state: 0, readsTokens: true) {
      $0.input.candidate.weights[1] += Int16(tenth)
    }
  }

  @Test("what a step added is below what is proved, whatever the cell reads")
  func measuredStep() throws {
    // A stack over a dense layer, tokens over a table and over an embedding with entries beyond 1.
    let stack = RandomNetworks.network(inputs: 3, hidden: [5, 4], seed: 1, weightRange: 0.3)
    let between = RandomNetworks.network(inputs: 5, hidden: [], outputs: 5, seed: 2).layers[0]
    let vectors = Network(layers: [stack.layers[0], between, stack.layers[1]])
    let oneHot = Network(
      input: .tokens, layers: RandomNetworks.network(inputs: 40, hidden: [5], seed: 1).layers)
    let table = RandomNetworks.inputs(width: 3, steps: 40, seed: 3, range: 5).sequences[0].values
    let embedding = Network(
      input: .tokens,
      layers: [
        .embedding(
          EmbeddingLayer(name: "e", table: RealMatrix(rows: 40, columns: 3, values: Array(table)))),
        stack.layers[0],
      ])
    let real = RandomNetworks.inputs(width: 3, steps: 300, seed: 4)
    let tokens = Sequences(
      width: 1, isTokens: true,
      sequences: [.init(values: (0..<300).map { Double($0 * 7 % 40) }, steps: 300)])
    for (network, data) in [(vectors, real), (oneHot, tokens), (embedding, tokens)] {
      for widths in [Widths(all: .int8), .init(all: .int16)] {
        let quantized = try Quantized.network(network, calibration: data, widths, by: .nearest)
        #expect(quantized.layers.count == network.layers.count)
        let comparison = try Comparison(network, quantized, over: data)
        let bounds = StepBound.bounds(
          network, quantized, largestInputs: comparison.largestInputs)
        #expect(bounds.count == comparison.layers.count)
        for (layer, bound) in zip(comparison.layers, bounds) {
          let (any, within) = (
            try #require(bound.anyInput), try #require(bound.measuredInputs)
          )
          #expect(layer.stepError <= within && within <= any)
          #expect(layer.stepError > within / 50)
        }
      }
    }
  }

  @Test("one step's error doesn't hold what came before: a spoiled initial state is not in it")
  func oneStep() throws {
    var network = RandomNetworks.network(inputs: 2, hidden: [3], seed: 3)
    network[gru: 0].initialState = [0.5, 0.5, 0.5]
    let data = RandomNetworks.inputs(width: 2, steps: 50, seed: 4)
    var quantized = try Quantized.network(
      network, calibration: data, .init(all: .int16), by: .nearest)
    quantized[cell: 0].initialState = nil
    let found = try Comparison(network, quantized, over: data).layers[0]
    #expect(found.hidden.maximum > 0.05)
    #expect(found.stepError < 1e-4 && found.stepError > 1e-6)
  }
}

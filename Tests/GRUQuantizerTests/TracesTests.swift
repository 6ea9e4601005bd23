import FloatGRU
import Foundation
import ModelFiles
import TestSupport
import Testing

@testable import GRUQuantizer

@Suite("Traces") struct CellTracesTests {
  /// A cell whose units don't read each other: there the traces are exact.
  private func layer(_ reset: ResetMode, _ candidate: Activation) -> GRULayer {
    let network = RandomNetworks.network(inputs: 3, hidden: [2], seed: 5)
    var layer = network[gru: 0]
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
    let traces = CellTraces(layer, at: 0, in: TracedRecording(of: network, over: data))
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

  @Test("under reset before, a reset gate's traces are what it does to the unit that reads it")
  func resetBefore() {
    var layer = layer(.before, .tanh)
    layer.recurrent.candidate.values = [0, 0.8, 0, 0]
    let data = RandomNetworks.inputs(width: 3, steps: 70, seed: 9)
    let network = Network(layers: [.gru(layer)])
    let traces = CellTraces(layer, at: 0, in: TracedRecording(of: network, over: data))
    var last = [Float](repeating: 0, count: 70)
    last[69] = 1
    let found = traces.projection(of: .reset, unit: 1, on: last)
    let delta = 1e-5
    for column in 0..<3 {
      func moved(_ sign: Double) -> Double {
        var other = layer
        other.input.reset.values[3 + column] += sign * delta
        return state(other, data)[0]
      }
      #expect(abs(found[column] - (moved(1) - moved(-1)) / (2 * delta)) < 2e-5)
    }
  }

  @Test(
    "a run's first steps have the traces of a run over them alone", arguments: ResetMode.allCases)
  func prefix(reset: ResetMode) {
    let layer = layer(reset, .tanh)
    let network = Network(layers: [.gru(layer)])
    let (one, two) = (
      RandomNetworks.inputs(width: 3, steps: 40, seed: 3),
      RandomNetworks.inputs(width: 3, steps: 30, seed: 4)
    )
    let both = Sequences(width: 3, sequences: one.sequences + two.sequences)
    let first = CellTraces(layer, at: 0, in: TracedRecording(of: network, over: one))
    let part = CellTraces(layer, at: 0, in: TracedRecording(of: network, over: both).prefix(40))
    for gate in GateIndex.allCases {
      #expect(part.gram(of: gate, unit: 1).values == first.gram(of: gate, unit: 1).values)
      #expect(part.sharedGram(of: gate).values == first.sharedGram(of: gate).values)
    }
  }

  @Test("a new sequence starts from nothing")
  func starts() {
    let layer = layer(.after, .tanh)
    let network = Network(layers: [.gru(layer)])
    let one = RandomNetworks.inputs(width: 3, steps: 40, seed: 3)
    let twice = Sequences(width: 3, sequences: [one.sequences[0], one.sequences[0]])
    func gram(_ data: Sequences) -> [Double] {
      CellTraces(layer, at: 0, in: TracedRecording(of: network, over: data))
        .gram(of: .update, unit: 1).values
    }
    for (single, double) in zip(gram(one), gram(twice)) {
      #expect(abs(double - 2 * single) < 1e-5)
    }
  }
}

@Suite("Dense traces") struct DenseTracesTests {
  @Test(
    "are the derivatives of the output by each weight and the bias, against finite differences",
    arguments: [Activation.none, .relu, .tanh, .sigmoid])
  func derivatives(activation: Activation) {
    var network = RandomNetworks.network(inputs: 3, hidden: [4], outputs: 2, seed: 6)
    network[dense: 1].activation = activation
    let dense = network[dense: 1]
    let run = TracedRecording(
      of: network, over: RandomNetworks.inputs(width: 3, steps: 60, seed: 7))
    let traces = DenseTraces(dense, at: 1, in: run)
    #expect(traces.isShared == (activation == .none))
    func output(_ sum: Double) -> Double {
      switch activation {
      case .relu: max(sum, 0)
      case .tanh: tanh(sum)
      case .sigmoid: 1 / (1 + exp(-sum))
      default: sum
      }
    }
    for row in 0..<2 {
      let vectors = (0..<60).map { step in
        let x = run.recording.vectors[1].row(step).map { Double($0) } + [1]
        let sum = zip(x, Array(dense.weights.row(row)) + [dense.bias[row]]).reduce(0) {
          $0 + $1.0 * $1.1
        }
        let slope = (output(sum + 1e-6) - output(sum - 1e-6)) / 2e-6
        return x.map { slope * $0 }
      }
      for (a, b) in zip(traces.gram(row: row).values, moment(vectors).values) {
        #expect(abs(a - b) < 1e-4)
      }
    }
  }
}

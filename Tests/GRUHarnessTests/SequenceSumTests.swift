import FloatGRU
import GRUHarness
import GRUQuantizer
import ModelFiles
import TestSupport
import Testing

@testable import GRUSearch

/// What is measured sequence by sequence, on all cores, beside the same measured one by one.
@Suite("Sums over sequences") struct SequenceSumTests {
  private let network = RandomNetworks.network(inputs: 3, hidden: [6, 5], outputs: 2, seed: 3)
  /// More sequences than run at once.
  private let data = Sequences(
    width: 3,
    sequences: ([40, 1, 7, 90, 20] + Array(repeating: 2, count: 70)).enumerated().map {
      index, steps in
      RandomNetworks.inputs(width: 3, steps: steps, seed: UInt64(index)).sequences[0]
    })

  private func single(_ index: Int) -> Sequences {
    Sequences(width: 3, sequences: [data.sequences[index]])
  }

  @Test("a comparison holds each sequence's, in order")
  func comparison() throws {
    let quantized = try Quantized.network(network, calibration: data)
    let all = try Comparison(network, quantized, over: data)
    let parts = try data.sequences.indices.map {
      try Comparison(network, quantized, over: single($0))
    }
    #expect((all.sequences, all.steps) == (75, 298))
    #expect(all.decisions.confusion.decisions == 298)
    let agreed = parts.map { $0.decisions.agreement * Double($0.steps) }.reduce(0, +)
    #expect(abs(all.decisions.agreement * 298 - agreed) < 1e-9)
    #expect(all.largestInputs == (0..<3).map { i in parts.map { $0.largestInputs[i] }.max() })
    #expect(all.output.count == 596)
    #expect(all.output.maximum == parts.map(\.output.maximum).max())
    for index in 0..<2 {
      let (layer, others) = (all.layers[index], parts.map { $0.layers[index] })
      let worst = others.indices.max { others[$0].hidden.maximum < others[$1].hidden.maximum }!
      var expected = others[worst].time.worst
      expected.sequence = worst
      #expect(layer.time.worst == expected)
      #expect(layer.hidden.maximum == others[worst].hidden.maximum)
      #expect(layer.stepError == others.map(\.stepError).max())
      #expect(layer.hidden.count == others.reduce(0) { $0 + $1.hidden.count })
      let squares = others.reduce(0) {
        $0 + $1.hidden.rms * $1.hidden.rms * Double($1.hidden.count)
      }
      #expect(
        abs(layer.hidden.rms / (squares / Double(layer.hidden.count)).squareRoot() - 1) < 1e-12)
    }
  }

  @Test("a trial finds each sequence's truth, and keeps its errors in order")
  func trial() throws {
    let quantized = try Quantized.network(network, calibration: data)
    let all = try Trial(
      quantized, over: FloatRun(of: network, over: data), keepsErrors: true)
    let parts = try data.sequences.indices.map { index in
      try Trial(
        quantized, over: FloatRun(of: network, over: single(index)),
        keepsErrors: true)
    }
    for layer in 0..<2 {
      #expect(all.errors[layer]! == parts.flatMap { $0.errors[layer]! })
      #expect(all.layers[layer]!.maximum == parts.map { $0.layers[layer]!.maximum }.max())
    }
    #expect(all.output.count == 596)
  }

  @Test("a trial over part of a longer run is one over that part alone")
  func part() throws {
    let quantized = try Quantized.network(network, calibration: data)
    let whole = FloatRun(of: network, over: data)
    for range in [0..<2, 2..<5] {
      let part = Sequences(width: 3, sequences: Array(data.sequences[range]))
      let steps = data.sequences[..<range.lowerBound].reduce(0) { $0 + $1.steps }
      let found = try Trial(
        quantized, over: FloatRun(part, in: whole.recording, from: steps), keepsErrors: true)
      let expected = try Trial(
        quantized, over: FloatRun(of: network, over: part), keepsErrors: true)
      #expect(found.layers == expected.layers && found.output == expected.output)
      #expect(found.errors == expected.errors)
    }
  }

  @Test("sums are the same to the bit, whichever thread is first")
  func order() throws {
    let quantized = try Quantized.network(network, calibration: data)
    let run = FloatRun(of: network, over: data)
    let first = try Trial(quantized, over: run)
    for _ in 0..<50 {
      let again = try Trial(quantized, over: run)
      #expect(again.layers == first.layers && again.output == first.output)
    }
  }
}

import FloatGRU
import Foundation
import ModelFiles
import TestSupport
import Testing

@testable import GRUHarness
@testable import GRUQuantizer

@Suite("Report data") struct ReportDataTests {
  private let network = RandomNetworks.network(inputs: 3, hidden: [6, 5], outputs: 4, seed: 8)
  private let data = Sequences(
    width: 3,
    sequences: [300, 1, 7].enumerated().map { index, steps in
      RandomNetworks.inputs(width: 3, steps: steps, seed: UInt64(index)).sequences[0]
    })

  private func compared() throws -> (Comparison, QuantizedNetwork) {
    let quantized = try Quantized.network(network, calibration: data)
    return (try Comparison(network, quantized, over: data), quantized)
  }

  // MARK: Histogram

  /// Errors in LSB with a reach of a few units to far beyond what the bins hold.
  private static let spreads = [0.3, 5, 300, 1e4, 1e6]

  private func errors(_ spread: Double, seed: UInt64) -> [Double] {
    var generator = SeededGenerator(seed: seed)
    return (0..<2_000).map { _ in
      spread * Double.random(in: -1...1, using: &generator)
        * Double.random(in: 0...1, using: &generator)
    }
  }

  private func histogram(_ errors: some Swift.Sequence<Double>) -> ErrorHistogram {
    var histogram = ErrorHistogram()
    for error in errors { histogram.add(error) }
    return histogram
  }

  @Test("a histogram counts each error in the bin around it", arguments: spreads)
  func histogramCounts(_ spread: Double) {
    let errors = errors(spread, seed: 1)
    let body = histogram(errors).body
    #expect(body.counts.count <= 121 && body.counts.count % 2 == 1)
    #expect(body.first == -(body.counts.count / 2) * body.binWidth)
    for (index, count) in body.counts.enumerated() {
      let middle = Double(body.first + index * body.binWidth)
      let half = Double(body.binWidth) / 2
      #expect(count == errors.count { abs($0.rounded() - middle) < half })
    }
    #expect(body.counts.reduce(body.beyond, +) == errors.count)
    #expect(body.beyond <= errors.count / 1_000)
  }

  @Test("histograms add up to the same, in any order and any division", arguments: spreads)
  func histogramSums(_ spread: Double) {
    let (small, large) = (errors(0.01 * spread, seed: 2), errors(spread, seed: 3))
    let whole = histogram(small + large)
    #expect(histogram(large + small) == whole)
    var (first, second) = (histogram(small), histogram(large))
    let copy = first
    first.add(second)
    second.add(copy)
    #expect(first == whole && second == whole)
  }

  @Test("errors without bound are counted at the end")
  func hugeErrors() {
    let body = histogram([0, 1e300, -1e300]).body
    #expect(body.counts.reduce(body.beyond, +) == 3)
  }

  // MARK: Units and traces

  @Test("the worst units are those with the largest sums, and lie where they are said to lie")
  func worstUnits() throws {
    let (comparison, quantized) = try compared()
    let validation = Validation(of: comparison, quantized)
    let traces = try Traces(network, quantized, over: data, worstOf: comparison)
    for (index, layer) in validation.layers.enumerated() {
      let total = comparison.layers[index].units.units.indices
        .map { pow(comparison.layers[index].units.rms(ofUnit: $0), 2) }.reduce(0, +)
      #expect(abs(total / Double(layer.units) / pow(layer.hidden.rms, 2) - 1) < 1e-9)
      #expect(zip(layer.worstUnits, layer.worstUnits.dropFirst()).allSatisfy { $0.rms >= $1.rms })
      let worst = layer.worstUnits.max { $0.largest < $1.largest }!
      #expect(worst.largest <= layer.hidden.maximum)
      for (unit, trace) in zip(layer.worstUnits, traces.cells[index]) {
        #expect(unit.unit == trace.unit && unit.step == trace.worst)
        let found = abs(
          trace.float[trace.worst - trace.start] - trace.fixed[trace.worst - trace.start])
        #expect(found == unit.largest)
        #expect(zip(trace.float, trace.fixed).allSatisfy { abs($0 - $1) <= unit.largest })
      }
    }
  }

  @Test("traces are the runs themselves")
  func traces() throws {
    let (comparison, quantized) = try compared()
    let traces = try Traces(network, quantized, over: data, worstOf: comparison)
    var float = FloatNetwork(network.folded(as: quantized))
    let fixed = try RuntimeInstance(RuntimeModel(quantized))
    let runs = try data.sequences.map { sequence in
      float.reset()
      fixed.reset()
      return try (0..<sequence.steps).map { step in
        let input = sequence.input(at: step, width: 3)
        let output = try fixed.step(quantized.rawInput(input).raw).map { Double($0) * 0x1p-18 }
        return (float: float.step(input), fixed: output)
      }
    }
    for trace in traces.cells[1] {
      let steps = runs[trace.sequence][trace.start..<trace.start + trace.float.count]
      #expect(steps.indices.contains(trace.worst) && trace.fixed.count == trace.float.count)
      #expect(trace.float == steps.map { $0.float.lastHidden[trace.unit] })
    }
    #expect(traces.outputs.count == 4)
    for trace in traces.outputs {
      let steps = runs[trace.sequence][trace.start..<trace.start + trace.float.count]
      #expect(trace.float == steps.map { $0.float.output[trace.unit] })
      #expect(trace.fixed == steps.map { $0.fixed[trace.unit] })
    }
  }

  // MARK: Time, memory, decisions

  @Test("stretches of time add up to the whole error, within their lowest and highest")
  func timeBins() throws {
    let (comparison, _) = try compared()
    let bins = comparison.layers[0].time.bins
    #expect((40...160).contains(bins.count) && bins.last!.steps.upperBound == 300)
    for (bin, next) in zip(bins, bins.dropFirst()) {
      #expect(bin.steps.upperBound == next.steps.lowerBound)
    }
    #expect(bins.allSatisfy { $0.lowest <= $0.rms && $0.rms <= $0.highest })
    // Sequences of 300, 1 and 7 steps, told two steps at a time.
    let squares = bins.map { bin in
      let counts = [300, 1, 7].map { bin.steps.clamped(to: 0..<$0).count }
      return bin.rms * bin.rms * Double(counts.reduce(0, +))
    }
    let hidden = comparison.layers[0].hidden
    #expect(abs((squares.reduce(0, +) / 308).squareRoot() / hidden.rms - 1) < 1e-9)
  }

  @Test("the parts of the constants add up to their size", arguments: [WeightFormat.int8, .int16])
  func constantParts(_ format: WeightFormat) throws {
    let widths = Widths(all: format)
    var quantized = [try Quantized.network(network, calibration: data, widths)]
    for name in ["japanese_vowels", "characters"] {
      let kit = try Kit(Folders.package.appendingPathComponent("Tools/examples/\(name)"))
      quantized.append(
        try Quantized.network(
          kit.network, calibration: kit.calibration, widths, by: .nearest))
    }
    for network in quantized {
      #expect(network.constantParts.reduce(0) { $0 + $1.bytes } == network.constantSize)
      #expect(network.constantParts.allSatisfy { $0.bytes > 0 })
    }
  }

  @Test("a confusion counts every decision, and names those that differ, the most frequent first")
  func confusion() throws {
    var confusion = Confusion(classes: 3)
    for (float, fixed) in [(0, 0), (1, 2), (1, 2), (2, 2), (0, 1)] {
      confusion.add(float: float, fixed: fixed)
    }
    #expect(confusion.decisions == 5 && confusion.count(float: 1, fixed: 2) == 2)
    #expect(
      confusion.disagreements == [
        .init(float: 1, fixed: 2, count: 2), .init(float: 0, fixed: 1, count: 1),
      ])

    let (comparison, quantized) = try compared()
    let output = Validation(of: comparison, quantized).output
    let found = try #require(output.confusion)
    #expect(found.classes == 4 && found.decisions == data.steps)
    let different = found.disagreements.reduce(0) { $0 + $1.count }
    #expect(output.agreement == 1 - Double(different) / Double(data.steps))
  }

  @Test("ranges of weights are those of the trained model, matrix by matrix")
  func weightRanges() throws {
    let (_, quantized) = try compared()
    let ranges = WeightRange.ranges(network, quantized)
    #expect(ranges.map(\.name).suffix(2) == ["layer 1, U candidate", "layer 2, dense"])
    let gru = network[gru: 1]
    let values = gru.recurrent.candidate.values
    let range = ranges[ranges.count - 2].range
    #expect(range.minimum == values.min() && range.maximum == values.max())
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + pow($1 - mean, 2) } / Double(values.count)
    #expect(abs(range.deviation - variance.squareRoot()) < 1e-12)
  }

  @Test("progress runs up to the whole")
  func progress() throws {
    let (_, quantized) = try compared()
    let shares = Collected()
    _ = try Comparison(network, quantized, over: data) { shares.add($0) }
    #expect(shares.values.count == 308 / 64)
    #expect(shares.values.allSatisfy { $0 > 0 && $0 <= 1 })
    #expect(shares.values.max()! > 0.75)
  }
}

/// What concurrent work reported.
private final class Collected: @unchecked Sendable {
  private let lock = NSLock()
  private var all: [Double] = []

  func add(_ value: Double) { lock.withLock { all.append(value) } }

  var values: [Double] { lock.withLock { all } }
}

import FixedPoint
import FloatGRU
import GRUQuantizer
import GRURuntime
import ModelFiles

/// The runtime and the float model over one sequence.
struct ComparedPair {
  private(set) var comparison: Comparison
  private let fixed: RuntimeInstance
  private var float: FloatNetwork
  /// The float cell of each layer, nil where it is none, and the unit of what it reads.
  private let cells: [FloatCell?]
  private let vectorScales: [Double]
  private let expectations: Expectations

  /// - Parameters:
  ///   - network: folded as the model.
  ///   - empty: a comparison over no sequence yet.
  init(
    _ network: Network, _ model: RuntimeModel, _ empty: Comparison, _ expectations: Expectations
  ) throws(GRUError) {
    comparison = empty
    self.expectations = expectations
    fixed = try RuntimeInstance(model)
    float = FloatNetwork(network)
    cells = network.layers.map { if case .gru(let layer) = $0 { FloatCell(layer) } else { nil } }
    vectorScales = network.vectorScales(in: model.network)
  }

  mutating func run(
    _ data: Sequences, sequence index: Int, progress: StepProgress?
  ) throws(GRUError) {
    let sequence = data.sequences[index]
    comparison.sequences += 1
    comparison.outputUnits.startSequence()
    for layer in comparison.layers.indices {
      comparison.layers[layer].startSequence(steps: sequence.steps)
    }
    for step in 0..<sequence.steps {
      let (truth, output) = try advance(sequence.input(at: step, width: data.width))
      comparison.hold(truth, output, against: expectations, sequence: index, step: step)
      comparison.steps += 1
      progress?.step()
    }
  }

  /// The float model's step, and the runtime's outputs.
  private mutating func advance(
    _ input: [Double]
  ) throws(GRUError) -> (FloatNetwork.Step, [Double]) {
    let quantized = fixed.model.network
    let (raw, clipped) = quantized.rawInput(input)
    comparison.layers[0].saturations.input += clipped
    if case .vector(let raw) = raw {
      comparison.largestInputs = zip(comparison.largestInputs, raw).map { max($0, abs(Double($1))) }
    }

    let before = quantized.layers.indices.map {
      (hidden: fixed.hidden(ofLayer: $0), state: fixed.state(ofLayer: $0))
    }
    let fixedOutput = try fixed.step(raw).map { Double($0) * 0x1p-18 }
    let truth = float.step(input)

    var vector = raw
    for (index, layer) in quantized.layers.enumerated() {
      switch layer {
      case .embedding(let embedding):
        guard case .token(let token) = vector else { continue }
        let start = token * embedding.width
        vector = .vector(Array(embedding.rows[start..<start + embedding.width]))
      case .cell(let cell):
        let hidden = fixed.hidden(ofLayer: index)
        let units = fixed.units(ofLayer: index, input: vector, hidden: before[index].hidden)
        comparison.layers[index].add(units, cell, hidden: hidden, truth: truth.cells[index]!)
        comparison.layers[index].addStep(
          to: hidden.map { Double($0) * cell.stateScale },
          truth: cells[index]!.step(
            real(vector, ofLayer: index),
            hidden: before[index].state.map { Double($0) * 0x1p-8 * cell.stateScale }))
        vector = .vector(hidden)
      case .dense:
        if index < quantized.layers.count - 1 {
          vector = .vector(fixed.innerVector(ofLayer: index))
        }
      }
    }
    comparison.output.add(fixedOutput, reference: truth.output)
    comparison.outputUnits.add(fixedOutput, reference: truth.output)
    return (truth, fixedOutput)
  }

  /// What the float cell of a layer reads.
  private func real(_ vector: RawInput, ofLayer index: Int) -> [Double] {
    switch vector {
    case .token(let token): float.firstVector([Double(token)])
    case .vector(let raw): raw.map { Double($0) * vectorScales[index] }
    }
  }
}

extension Comparison {
  fileprivate mutating func hold(
    _ truth: FloatNetwork.Step, _ output: [Double], against expectations: Expectations,
    sequence: Int, step: Int
  ) {
    if let labels = expectations.labels {
      if let label = labels.label(of: sequence, at: step) {
        decisions.add(float: truth.output, fixed: output, label: label)
      }
    } else {
      decisions.add(float: truth.output, fixed: output)
    }
    reference?.add(
      hidden: expectations.hidden?.error(of: truth.lastHidden, sequence: sequence, step: step),
      output: expectations.output?.error(of: truth.output, sequence: sequence, step: step))
  }
}

extension Comparison.Layer {
  fileprivate mutating func startSequence(steps: Int) {
    time.startSequence(steps: steps)
    units.startSequence()
  }

  fileprivate mutating func add(
    _ units: [UnitGates], _ cell: QuantizedCell, hidden: [Int16], truth: FloatCell.Step
  ) {
    let scale = cell.stateScale
    let values = hidden.map { Double($0) * scale }
    self.hidden.add(values, reference: truth.hidden)
    self.units.add(values, reference: truth.hidden)
    for (value, truth) in zip(values, truth.hidden) { histogram.add((value - truth) / scale) }
    ranges.hidden.add(truth.hidden)
    ranges.preactivations.add(truth.sums)
    gates.reset.add(
      units.lazy.map { Double($0.reset.raw) * 0x1p-16 }, reference: truth.gates.reset)
    gates.update.add(
      units.lazy.map { Double($0.update.raw) * 0x1p-16 }, reference: truth.gates.update)
    gates.candidate.add(
      units.lazy.map { Double($0.candidate.raw) * 0x1p-8 * scale },
      reference: truth.gates.candidate)
    let unit = 0x1p-18
    sums.reset.add(units.lazy.map { Double($0.resetSum.raw) * unit }, reference: truth.sums.reset)
    sums.update.add(
      units.lazy.map { Double($0.updateSum.raw) * unit }, reference: truth.sums.update)
    sums.candidate.add(
      units.lazy.map { Double($0.candidateSum.raw) * unit }, reference: truth.sums.candidate)
    time.add(values, reference: truth.hidden)
    saturations.add(units, cell)
    saturations.state += hidden.count { $0 == .max || $0 == .min }
  }

  fileprivate mutating func addStep(to hidden: [Double], truth: FloatCell.Step) {
    for (value, exact) in zip(hidden, truth.hidden) {
      stepError = max(stepError, abs(value - exact))
    }
  }
}

extension Comparison.Saturations {
  fileprivate mutating func add(_ units: [UnitGates], _ cell: QuantizedCell) {
    func isBeyond(_ sum: PreActivation) -> Int { sum.raw.magnitude > 16 << 18 ? 1 : 0 }
    func isEnd(_ gate: Gate) -> Int { gate.raw == 0 || gate == .one ? 1 : 0 }
    let largest =
      cell.candidate == .relu ? Candidate.largest : FixedPoint.tanh(PreActivation(raw: 16 << 18))
    for unit in units {
      preactivation.reset += isBeyond(unit.resetSum)
      preactivation.update += isBeyond(unit.updateSum)
      preactivation.candidate += isBeyond(unit.candidateSum)
      gate.reset += isEnd(unit.reset)
      gate.update += isEnd(unit.update)
      gate.candidate += unit.candidate.raw.magnitude == largest.raw.magnitude ? 1 : 0
    }
  }
}

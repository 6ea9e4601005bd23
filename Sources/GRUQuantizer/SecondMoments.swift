import FloatGRU
import ModelFiles

/// Σ v·vᵀ of a vector over the calibration data: which directions of it matter for rounding.
struct SecondMoment {
  let size: Int
  private(set) var values: [Double]

  init(size: Int) {
    self.size = size
    values = Array(repeating: 0, count: size * size)
  }

  mutating func add(_ vector: [Double]) {
    values.withUnsafeMutableBufferPointer { values in
      for row in 0..<size where vector[row] != 0 {
        for column in 0..<size {
          values[row * size + column] += vector[row] * vector[column]
        }
      }
    }
  }
}

/// The second moments of what each layer's matrices read.
struct SecondMoments {
  /// What a layer's input matrices read.
  private(set) var input: [SecondMoment]
  /// h before the step; empty for a layer that keeps none.
  private(set) var hidden: [SecondMoment]
  /// r ⊙ h, which the recurrent candidate matrix reads under reset before.
  private(set) var gatedHidden: [SecondMoment]

  /// Steps beyond this many add nothing to what 516 columns can tell.
  static let stepLimit = 4_096

  init(of network: Network, over calibration: Sequences) {
    func moments(_ size: (Layer) -> Int) -> [SecondMoment] {
      network.layers.map { SecondMoment(size: size($0)) }
    }
    func state(_ layer: Layer) -> Int { if case .gru = layer { layer.outputSize } else { 0 } }
    input = moments { layer in
      if case .embedding = layer { 0 } else { layer.inputSize }
    }
    hidden = moments(state)
    gatedHidden = moments(state)
    var float = FloatNetwork(network)
    var steps = 0
    for sequence in calibration.sequences where steps < Self.stepLimit {
      float.reset()
      var states = network.layers.map { layer in
        if case .gru(let gru) = layer { gru.initialState } else { [Double]() }
      }
      for step in 0..<min(sequence.steps, Self.stepLimit - steps) {
        let read = float.firstVector(sequence.input(at: step, width: calibration.width))
        let result = float.step(sequence.input(at: step, width: calibration.width))
        add(result, first: read, states: states)
        states = result.cells.map { $0?.hidden ?? [] }
        steps += 1
      }
    }
  }

  private mutating func add(
    _ step: FloatNetwork.Step, first: [Double], states: [[Double]]
  ) {
    for (index, cell) in step.cells.enumerated() {
      let read = index == 0 ? first : step.vectors[index - 1]
      if input[index].size > 0 { input[index].add(read) }
      guard let cell else { continue }
      hidden[index].add(states[index])
      gatedHidden[index].add(zip(cell.gates.reset, states[index]).map(*))
    }
  }
}

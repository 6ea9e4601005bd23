import FloatGRU
import GRUHarness
import GRUQuantizer
import GRURuntime
import ModelFiles

/// Sequences and the float model's run over them, which may be part of a longer one.
struct FloatRun: Sendable {
  let data: Sequences
  let recording: Recording
  /// The first step in the recording.
  let start: Int

  init(_ data: Sequences, in recording: Recording, from start: Int = 0) {
    (self.data, self.recording, self.start) = (data, recording, start)
  }

  init(of network: Network, over data: Sequences) {
    self.init(data, in: Recording(of: network, over: data))
  }
}

/// The runtime's error over sequences whose float run is known.
///
/// Sequences run on all cores, and are added in their order: the sums are always the same.
struct Trial {
  /// Of each layer's hidden state; nil where it is no cell.
  private(set) var layers: [ErrorStatistics?]
  /// Of what the network puts out.
  private(set) var output = ErrorStatistics()
  /// Float state minus fixed-point state, steps × H, of each cell, where they were asked for.
  private(set) var errors: [[Float]?]

  init(
    _ network: QuantizedNetwork, over run: FloatRun, keepsErrors: Bool = false
  ) throws(GRUError) {
    let model = try RuntimeModel(network)
    let data = run.data
    let starts = data.starts
    let trials = try concurrentMap(data.sequences.count) { index throws(GRUError) in
      var trial = Trial(of: network, keepsErrors: keepsErrors)
      try trial.run(
        model, data.sequences[index], width: data.width, against: run.recording,
        from: run.start + starts[index])
      return trial
    }
    self.init(of: network, keepsErrors: keepsErrors)
    for trial in trials { add(trial) }
  }

  private init(of network: QuantizedNetwork, keepsErrors: Bool) {
    layers = network.layers.map { $0.cell == nil ? nil : ErrorStatistics() }
    errors = network.layers.map { $0.cell == nil || !keepsErrors ? nil : [] }
  }

  /// - Parameter start: the sequence's first step in the recording.
  private mutating func run(
    _ model: RuntimeModel, _ sequence: Sequences.Sequence, width: Int,
    against recording: Recording, from start: Int
  ) throws(GRUError) {
    let fixed = try RuntimeInstance(model)
    let network = model.network
    for step in 0..<sequence.steps {
      let input = sequence.input(at: step, width: width)
      let result = try fixed.step(network.rawInput(input).raw)
      for (raw, truth) in zip(result, recording.vectors.last!.row(start + step)) {
        output.add(Double(raw) * 0x1p-18, reference: Double(truth))
      }
      for layer in layers.indices where layers[layer] != nil {
        let truth = recording.vectors[layer + 1].row(start + step)
        let scale = network.layers[layer].cell!.stateScale
        let hidden = fixed.hidden(ofLayer: layer)
        for (raw, truth) in zip(hidden, truth) {
          layers[layer]!.add(Double(raw) * scale, reference: Double(truth))
        }
        if errors[layer] != nil {
          for (raw, truth) in zip(hidden, truth) {
            errors[layer]!.append(truth - Float(raw) * Float(scale))
          }
        }
      }
    }
  }

  /// Adds the next sequence.
  private mutating func add(_ trial: Trial) {
    output.add(trial.output)
    for index in layers.indices {
      if let statistics = trial.layers[index] { layers[index]!.add(statistics) }
      guard let errors = trial.errors[index] else { continue }
      // A single sequence's are not copied.
      if self.errors[index]!.isEmpty {
        self.errors[index] = errors
      } else {
        self.errors[index]! += errors
      }
    }
  }

  /// dB of the worst cell's hidden state; infinite without any error.
  var sqnr: Double { layers.compactMap { $0 }.map { $0.sqnr ?? .infinity }.min() ?? .infinity }
  /// dB of what the network puts out; infinite without any error.
  var outputSQNR: Double { output.sqnr ?? .infinity }
  /// dB of the worst cell's hidden state, or of the output where that is worse.
  var sqnrWithOutput: Double { min(sqnr, outputSQNR) }

  func sqnr(ofLayer index: Int) -> Double { layers[index]?.sqnr ?? .infinity }
  var largestError: Double { layers.compactMap { $0?.maximum }.max() ?? 0 }
}

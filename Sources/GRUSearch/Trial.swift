import FloatGRU
import GRUHarness
import GRUQuantizer
import GRURuntime
import ModelFiles

/// The runtime's error over sequences whose float run is known.
struct Trial {
  /// Of each layer's hidden state; nil where it is no cell.
  private(set) var layers: [ErrorStatistics?]
  /// Of what the network puts out.
  private(set) var output = ErrorStatistics()
  /// Float state minus fixed-point state, steps × H, of each cell, where they were asked for.
  private(set) var errors: [[Float]?]

  init(
    _ network: QuantizedNetwork, over data: Sequences, against recording: Recording,
    keepsErrors: Bool = false
  ) throws(GRUError) {
    let fixed = try RuntimeInstance(RuntimeModel(network))
    let cells = network.layers.indices.filter { network.layers[$0].cell != nil }
    layers = network.layers.map { $0.cell == nil ? nil : ErrorStatistics() }
    errors = network.layers.map { $0.cell == nil || !keepsErrors ? nil : [] }
    var step = 0
    for sequence in data.sequences {
      fixed.reset()
      for index in 0..<sequence.steps {
        let input = sequence.input(at: index, width: data.width)
        let result = try fixed.step(network.rawInput(input).raw)
        for (raw, truth) in zip(result, recording.vectors.last!.row(step)) {
          output.add(Double(raw) * 0x1p-18, reference: Double(truth))
        }
        for layer in cells {
          let truth = recording.vectors[layer + 1].row(step)
          let scale = network.layers[layer].cell!.stateScale
          let hidden = fixed.hidden(ofLayer: layer)
          for (raw, truth) in zip(hidden, truth) {
            layers[layer]!.add(Double(raw) * scale, reference: Double(truth))
          }
          if keepsErrors {
            for (raw, truth) in zip(hidden, truth) {
              errors[layer]!.append(truth - Float(raw) * Float(scale))
            }
          }
        }
        step += 1
      }
    }
  }

  /// dB of the worst cell's hidden state; infinite without any error.
  var sqnr: Double { layers.compactMap { $0 }.map { $0.sqnr ?? .infinity }.min() ?? .infinity }
  /// The same, or dB of the output where that is worse.
  var sqnrWithOutput: Double { min(sqnr, output.sqnr ?? .infinity) }

  func sqnr(ofLayer index: Int) -> Double { layers[index]?.sqnr ?? .infinity }
  var largestError: Double { layers.compactMap { $0?.maximum }.max() ?? 0 }
}

import GRUHarness
import GRUQuantizer
import GRUReport
import GRUSearch

/// `quantize --json`: layers with formats, bytes, accumulator bounds and the calibration error.
struct QuantizationReport: Encodable {
  struct Layer: Encodable {
    var kind: String
    var input: Int
    var output: Int
    var weights: [String: String]
    var bytes: Int
  }

  struct Calibration: Encodable {
    var steps: Int
    var maximum: Double
    var rms: Double
    var sqnr: Double?
    var stepError: Double
    var stepBound: StepBound

    private enum CodingKeys: String, CodingKey {
      case steps
      case stepError = "max_step_error"
      case stepBound = "proved_step_error"
      case maximum = "max_abs_error"
      case rms = "rms_error"
      case sqnr = "sqnr_db"
    }
  }

  let schema = 1
  let command = "quantize"
  var name: String
  var layers: [Layer]
  var bounds: [RowBound]
  var calibration: [Calibration]
  var flashWeights: Int
  var ramState: Int
  var ramScratch: Int

  /// How the weights were found.
  struct SearchResult: Encodable {
    var rounding: String
    var tuningPasses: Int
    var inputHeadroom: Double
    var inputScalePerFeature: Bool
    /// On calibration data, before anything was fitted to it.
    var heldBackSQNR: Double?

    private enum CodingKeys: String, CodingKey {
      case rounding
      case tuningPasses = "tuning_passes"
      case inputHeadroom = "input_headroom"
      case inputScalePerFeature = "input_scale_per_feature"
      case heldBackSQNR = "held_back_sqnr_db"
    }
  }

  var search: SearchResult
  /// Empty where the widths were given.
  var pareto: [FrontPoint]
  var warnings: [String]

  private enum CodingKeys: String, CodingKey {
    case schema, command, name, layers, calibration, search, pareto, warnings
    case bounds = "accumulator_bounds"
    case flashWeights = "flash_weights"
    case ramState = "ram_state"
    case ramScratch = "ram_scratch"
  }

  init(_ choice: Quantize.Choice, warnings: [String]) {
    let (network, errors) = (choice.network, choice.errors)
    self.warnings = warnings
    search = SearchResult(
      rounding: choice.result.rounding.rawValue, tuningPasses: choice.result.passes,
      inputHeadroom: choice.result.input.headroom,
      inputScalePerFeature: choice.result.input.isPerFeature,
      heldBackSQNR: choice.result.sqnr.isFinite ? choice.result.sqnr : nil)
    pareto = choice.mixtures.map { mixture in
      FrontPoint(
        flash: mixture.flash, sqnr: mixture.sqnr.isFinite ? mixture.sqnr : nil,
        maximum: mixture.largestError,
        int16: mixture.fine.map { "layer \($0.layer), \($0.part.rawValue)" },
        chosen: mixture.widths == choice.result.widths)
    }
    name = network.name
    layers = network.layers.map { layer in
      Layer(
        kind: Self.kind(of: layer), input: layer.inputSize,
        output: layer.outputSize,
        weights: Dictionary(
          uniqueKeysWithValues: layer.namedMatrices.map { ($0.name, $0.matrix.format.rawValue) }),
        bytes: layer.constantSize)
    }
    bounds = network.accumulatorBounds
    calibration = errors.map {
      Calibration(
        steps: $0.steps, maximum: $0.maximum, rms: $0.rms, sqnr: $0.sqnr.isFinite ? $0.sqnr : nil,
        stepError: $0.stepError,
        stepBound: StepBound(
          anyInput: $0.stepBound, measuredInputs: $0.calibratedStepBound))
    }
    flashWeights = network.constantSize
    ramState = network.stateSize
    ramScratch = network.scratchSize
  }

  private static func kind(of layer: QuantizedLayer) -> String {
    switch layer {
    case .embedding: "embedding"
    case .cell: "gru"
    case .dense: "dense"
    }
  }
}

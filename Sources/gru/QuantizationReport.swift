import GRUQuantizer

/// `quantize --json`: layers with formats, bytes, accumulator bounds and the calibration error.
struct QuantizationReport: Encodable {
  struct Layer: Encodable {
    var kind: String
    var input: Int
    var output: Int
    var weights: [String: String]
    var bytes: Int
  }

  struct Bound: Encodable {
    var row: String
    var accumulator: Int
  }

  struct Calibration: Encodable {
    var steps: Int
    var maximum: Double
    var rms: Double
    var sqnr: Double?

    private enum CodingKeys: String, CodingKey {
      case steps
      case maximum = "max_abs_error"
      case rms = "rms_error"
      case sqnr = "sqnr_db"
    }
  }

  let schema = 1
  let command = "quantize"
  var name: String
  var layers: [Layer]
  var bounds: [Bound]
  var calibration: [Calibration]
  var flashWeights: Int
  var ramState: Int
  var ramScratch: Int

  private enum CodingKeys: String, CodingKey {
    case schema, command, name, layers, calibration
    case bounds = "accumulator_bounds"
    case flashWeights = "flash_weights"
    case ramState = "ram_state"
    case ramScratch = "ram_scratch"
  }

  init(_ network: QuantizedNetwork, errors: [MeasuredError]) {
    name = network.name
    layers = network.layers.map { layer in
      Layer(
        kind: layer.cell == nil ? "dense" : "gru", input: layer.inputSize,
        output: layer.outputSize,
        weights: Dictionary(
          uniqueKeysWithValues: layer.namedMatrices.map { ($0.name, $0.matrix.format.rawValue) }),
        bytes: layer.constantSize)
    }
    bounds = network.accumulatorBounds.map { Bound(row: $0.row, accumulator: $0.accumulator) }
    calibration = errors.map {
      Calibration(
        steps: $0.steps, maximum: $0.maximum, rms: $0.rms, sqnr: $0.sqnr.isFinite ? $0.sqnr : nil)
    }
    flashWeights = network.constantSize
    ramState = network.stateSize
    ramScratch = network.scratchSize
  }
}

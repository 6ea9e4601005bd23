import Foundation
public import GRUQuantizer

extension Validation {
  /// What was compared.
  public struct NetworkSummary: Encodable {
    /// The prefix of the header's symbols.
    public var name: String
    public var layers: [String]
    public var inputs: Int
    public var outputs: Int
    public var readsTokens: Bool
    public var sequences: Int
    public var steps: Int
    /// The largest magnitude of each raw input; none for tokens.
    public var largestInputs: [Double]

    init(_ network: QuantizedNetwork, _ comparison: Comparison) {
      name = network.name
      layers = network.layers.enumerated().map { index, layer in
        layer.summary(readsTokens: index == 0 && network.readsTokens).joined(separator: "; ")
      }
      inputs = network.inputSize
      outputs = network.outputSize
      readsTokens = network.readsTokens
      sequences = comparison.sequences
      steps = comparison.steps
      largestInputs = comparison.largestInputs
    }

    private enum CodingKeys: String, CodingKey {
      case name, layers, inputs, outputs, sequences, steps
      case readsTokens = "reads_tokens"
      case largestInputs = "largest_raw_inputs"
    }
  }

  /// Bytes.
  public struct Memory: Encodable {
    public var flashWeights: Int
    public var flashTables: Int
    public var ramState: Int
    public var ramScratch: Int
    /// Of the weights.
    public var flashParts: [ConstantPart]

    public init(_ network: QuantizedNetwork) {
      flashWeights = network.constantSize
      flashTables = tableSize
      ramState = network.stateSize
      ramScratch = network.scratchSize
      flashParts = network.constantParts
    }

    private enum CodingKeys: String, CodingKey {
      case flashWeights = "flash_weights"
      case flashTables = "flash_tables"
      case ramState = "ram_state"
      case ramScratch = "ram_scratch"
      case flashParts = "flash_parts"
    }
  }
}

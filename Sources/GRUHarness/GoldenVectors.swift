import FixedPoint
public import GRUQuantizer
public import GRURuntime
public import ModelFiles

/// Inputs and what the host computed from them, as a C header for a device to replay.
public struct GoldenVectors {
  private let network: QuantizedNetwork
  private var lengths: [Int] = []
  private var inputs: [Int16] = []
  private var hidden: [Int16] = []
  private var outputs: [Int32] = []

  /// Inputs, hidden states and outputs.
  public static func numbersPerStep(of network: QuantizedNetwork) -> Int {
    network.inputCount + network.hiddenCount + network.outputSize
  }

  /// Time steps recorded: `steps`, or all that the data has.
  public var steps: Int { lengths.reduce(0, +) }

  /// Runs the first `steps` time steps of `data`, sequence after sequence.
  public init(
    _ network: QuantizedNetwork, data: Sequences, steps: Int
  ) throws(GRUError) {
    self.network = network
    let instance = try RuntimeInstance(RuntimeModel(network))
    var rest = steps
    for sequence in data.sequences where rest > 0 {
      let length = min(rest, sequence.steps)
      instance.reset()
      for step in 0..<length {
        let raw = network.rawInput(sequence.input(at: step, width: data.width)).raw
        switch raw {
        case .vector(let vector): inputs += vector
        case .token(let token): inputs.append(Int16(truncatingIfNeeded: token))
        }
        outputs += try instance.step(raw)
        hidden += instance.hidden
      }
      lengths.append(length)
      rest -= length
    }
  }

  /// CRC-32 of all hidden states in order: one number that every device must print.
  public var trajectoryChecksum: UInt32 {
    var crc = CRC32()
    for value in hidden { crc.update(UInt32(UInt16(bitPattern: value)), bytes: 2) }
    return crc.value
  }

  /// The header; `gru_vectors.h` says what its members mean.
  public var header: String {
    let name = network.name
    let guardName = "\(name.uppercased())_VECTORS_H"
    return """
      /* Golden vectors of '\(name)', computed by the host: do not edit. */
      #ifndef \(guardName)
      #define \(guardName)

      #include "gru_vectors.h"

      static const uint32_t \(name)_vectors_sequence_lengths[\(lengths.count)] = {
      \(cRows(of: lengths))};

      static const int16_t \(name)_vectors_inputs[\(inputs.count)] = {
      \(cRows(of: inputs))};

      static const int16_t \(name)_vectors_hidden[\(hidden.count)] = {
      \(cRows(of: hidden))};

      static const int32_t \(name)_vectors_outputs[\(outputs.count)] = {
      \(cRows(of: outputs))};

      static const gru_vectors_t \(name)_vectors = {
        \(steps), /* steps */
        \(network.inputCount), /* inputs */
        \(network.hiddenCount), /* hidden states */
        \(network.outputSize), /* outputs */
        \(lengths.count), /* sequences */
        \(network.checksum)u, /* CRC-32 of the model */
        \(name)_vectors_sequence_lengths,
        \(name)_vectors_inputs,
        \(name)_vectors_hidden,
        \(name)_vectors_outputs,
      };

      #endif /* \(guardName) */

      """
  }
}

import CGRU
public import GRUQuantizer
public import GRURuntime
import LiveDisplay

/// What a network is fed in a live display, with the names of its classes: played on the host, or
/// written as a C header for a device.
public struct LiveRecording {
  private let network: QuantizedNetwork
  private let classes: [String]
  private let truth: [UInt16]?
  private let rate: Int
  public let freeSteps: Int
  private let inputs: [Int16]

  /// - Parameters:
  ///   - inputs: real values, or one token, for each step.
  ///   - classes: a name for each output.
  ///   - truth: the right class at each step, where it is known.
  ///   - rate: steps a second.
  ///   - freeSteps: how many tokens a network goes on by itself.
  public init(
    _ network: QuantizedNetwork, inputs: some Sequence<[Double]>, classes: [String],
    truth: [UInt16]?, rate: Int, freeSteps: Int
  ) {
    self.network = network
    self.classes = classes
    self.truth = truth
    self.rate = rate
    self.freeSteps = freeSteps
    self.inputs = inputs.reduce(into: []) { inputs, values in
      switch network.rawInput(values).raw {
      case .vector(let vector): inputs += vector
      case .token(let token): inputs.append(Int16(truncatingIfNeeded: token))
      }
    }
  }

  public var steps: Int { inputs.count / network.inputCount }

  /// Numbers of a step: what it feeds, and its right class.
  public var numbersPerStep: Int { network.inputCount + (truth == nil ? 0 : 1) }

  /// What a device prints that plays this recording.
  public func text() throws(GRUError) -> String {
    var bytes: [UInt8] = []
    try play { bytes.append($0) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Prints, byte by byte, what a device prints that plays this recording.
  public func play(_ print: (UInt8) -> Void) throws(GRUError) {
    // As the header has it: another layout has another checksum.
    let instance = try RuntimeInstance(RuntimeModel(network, layout: nil))
    var logits = [Int32](repeating: 0, count: network.outputSize)
    var probabilities = [UInt16](repeating: 0, count: network.outputSize)
    try withRecording { recording throws(GRUError) in
      try logits.withUnsafeMutableBufferPointer { logits throws(GRUError) in
        try probabilities.withUnsafeMutableBufferPointer { probabilities throws(GRUError) in
          let player = try LivePlayer(
            instance.gru, recording, output: logits.baseAddress!,
            probabilities: probabilities.baseAddress!)
          try player.play(print)
        }
      }
    }
  }

  /// The structure that the header would hold, in this machine's memory.
  private func withRecording(
    _ body: (gru_recording_t) throws(GRUError) -> Void
  ) throws(GRUError) {
    let names = classes.map { Array($0.utf8CString) }
    let starts = names.reduce(into: [0]) { $0.append($0.last! + $1.count) }
    let truth = truth ?? []
    try inputs.withUnsafeBufferPointer { inputs throws(GRUError) in
      try truth.withUnsafeBufferPointer { truth throws(GRUError) in
        try Array(names.joined()).withUnsafeBufferPointer { names throws(GRUError) in
          let pointers = classes.indices.map { Optional(names.baseAddress! + starts[$0]) }
          try pointers.withUnsafeBufferPointer { pointers throws(GRUError) in
            try body(
              gru_recording_t(
                steps: UInt32(steps), free_steps: UInt32(freeSteps), rate: UInt32(rate),
                model_crc32: network.checksum, input_size: UInt16(network.inputCount),
                class_count: UInt16(classes.count), inputs: inputs.baseAddress,
                truth: truth.isEmpty ? nil : truth.baseAddress, classes: pointers.baseAddress))
          }
        }
      }
    }
  }

  /// The header; `gru_recording.h` says what its members mean.
  public var header: String {
    let name = network.name
    let guardName = "\(name.uppercased())_RECORDING_H"
    let names = classes.map { "  \(cString($0))" }.joined(separator: ",\n")
    let truth = truth.map { truth in
      """
      static const uint16_t \(name)_recording_truth[\(truth.count)] = {
      \(cRows(of: truth))};


      """
    }
    return """
      /* A recording for '\(name)' to play on a device: do not edit. */
      #ifndef \(guardName)
      #define \(guardName)

      #include <stddef.h>

      #include "gru_recording.h"

      static const int16_t \(name)_recording_inputs[\(inputs.count)] = {
      \(cRows(of: inputs))};

      \(truth ?? "")static const char *const \(name)_recording_classes[\(classes.count)] = {
      \(names)
      };

      static const gru_recording_t \(name)_recording = {
        \(steps), /* steps */
        \(freeSteps), /* steps beyond */
        \(rate), /* steps a second */
        \(network.checksum)u, /* CRC-32 of the model */
        \(network.inputCount), /* inputs */
        \(classes.count), /* classes */
        \(name)_recording_inputs,
        \(truth == nil ? "NULL" : "\(name)_recording_truth"),
        \(name)_recording_classes,
      };

      #endif /* \(guardName) */

      """
  }
}

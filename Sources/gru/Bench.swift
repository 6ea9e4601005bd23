import Foundation
import GRUHarness
import GRUQuantizer

/// Measures how long the harness takes for one step.
enum Bench: Command {
  static let name = "bench"
  static let summary = "time of a step on this machine, on one thread"
  static let examples = ["gru bench kws_model.h"]
  static let operands = ["HEADER"]

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let network = try QuantizedNetwork(header: arguments.operands[0])
    let nanoseconds = try stepTime(of: RuntimeInstance(RuntimeModel(network)))
    print(
      String(format: "%.0f ns a step, %.0f steps a second", nanoseconds, 1e9 / nanoseconds))
    return .success
  }

  private static let rounds = 15
  /// Long beside the clock's resolution, short beside what else the machine does.
  private static let roundTime = 10e6

  /// Nanoseconds: the median over rounds of equally many steps.
  private static func stepTime(of instance: RuntimeInstance) throws -> Double {
    let inputs = randomInputs(of: instance.model.network, count: 64)
    func time(steps: Int) throws -> Double {
      let start = DispatchTime.now().uptimeNanoseconds
      for step in 0..<steps { _ = try instance.step(inputs[step % inputs.count]) }
      return Double(DispatchTime.now().uptimeNanoseconds - start)
    }
    var steps = 1
    while try time(steps: steps) < roundTime { steps *= 2 }
    let times = try (0..<rounds).map { _ in try time(steps: steps) / Double(steps) }
    return times.sorted()[rounds / 2]
  }

  /// Over the whole of int16, or any tokens.
  private static func randomInputs(of network: QuantizedNetwork, count: Int) -> [RawInput] {
    (0..<count).map { _ in
      network.readsTokens
        ? .token(.random(in: 0..<network.inputSize))
        : .vector((0..<network.inputSize).map { _ in .random(in: .min ... .max) })
    }
  }
}

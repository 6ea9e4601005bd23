import Foundation
import GRUHarness
import GRUQuantizer
import ModelFiles

/// The part of `gru validate` that asks a device.
enum DeviceCheck {
  /// Nil where no device is asked for.
  static func run(
    _ arguments: Arguments, _ header: QuantizedNetwork, over inputs: Sequences
  ) throws -> DeviceComparison? {
    let (baud, steps) = (try arguments.count("--baud"), try arguments.count("--steps"))
    guard let port = arguments["--device"] else {
      guard baud == nil, steps == nil else {
        throw Failure.usage("options '--baud' and '--steps' need '--device'")
      }
      return nil
    }
    let line = ProgressLine()
    defer { line.clear() }
    do {
      return try DeviceComparison(
        header, over: inputs, steps: steps, through: DevicePort(port, baud: baud ?? 115_200),
        progress: { line.show("device", $0) })
    } catch let error as DeviceError {
      throw Failure(code: error.kind.exitCode, text: error.description)
    }
  }
}

extension DeviceError.Kind {
  fileprivate var exitCode: ExitCode {
    switch self {
    case .misnamed: .usage
    case .noLine: .noInput
    case .noAnswer: .unavailable
    case .noProtocol: .protocolError
    case .otherModel: .badData
    }
  }
}

extension DeviceComparison {
  /// The report as aligned text.
  var lines: [String] {
    let what = [device.board, device.core].filter { !$0.isEmpty }.joined(separator: ", ")
    var lines = ["device '\(device.port)'" + (what.isEmpty ? "" : ": \(what)")]
    lines.append("  verdict        " + verdict)
    if let cycles {
      lines.append(
        "  cycles a step  min \(cycles.minimum), median \(cycles.median), max \(cycles.maximum), "
          + "by \(cycles.counter)")
      if let clock = cycles.clock {
        let times = [cycles.minimum, cycles.median, cycles.maximum].map {
          String(format: "%.3f", cycles.milliseconds($0)!)
        }
        lines.append(
          "  at \(aligned(String(format: "%g MHz", Double(clock) / 1e6), 11)) "
            + "min \(times[0]), median \(times[1]), max \(times[2]) ms")
      }
      if cycles.unmeasured > 0 {
        lines.append("  not counted    \(cycles.unmeasured) steps, too long for the counter")
      }
    }
    lines.append("  line           \(retries) retries, \(damagedFrames) damaged frames")
    return lines
  }

  private var verdict: String {
    guard let difference else {
      return "equal: \(steps) steps, every hidden state and output"
    }
    let place = difference.step.map { "at step \($0)" } ?? "after the reset before step 0"
    return "different \(place) of sequence \(difference.sequence): "
      + "\(difference.value.rawValue) \(difference.index) is \(difference.device), "
      + "expected \(difference.host)"
  }
}

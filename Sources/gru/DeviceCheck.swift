import Foundation
import GRUHarness
import GRUQuantizer
import GRUReport
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
    [title] + facts.map { "  \(aligned($0.name, 14)) \($0.text)" }
  }
}

import ModelFiles

/// How the tool ends; the numbers are those of sysexits.h.
enum ExitCode: Int32, CaseIterable {
  case success = 0
  /// A limit that the user stated is exceeded, or a device computes something else.
  case limitExceeded = 1
  case usage = 64
  case badData = 65
  case noInput = 66
  /// A device does not answer.
  case unavailable = 69
  case internalError = 70
  case cannotCreate = 73
  case writeFailed = 74
  /// A device answers, but not as the protocol says.
  case protocolError = 76

  /// For the manual.
  var meaning: String {
    switch self {
    case .success: "done"
    case .limitExceeded: "a limit that was stated is exceeded, or a device differs"
    case .usage: "the command line cannot be understood"
    case .badData: "a file's contents are not what they should be"
    case .noInput: "a file isn't there, or cannot be read"
    case .unavailable: "a device does not answer"
    case .internalError: "a fault of the tool, or on the device"
    case .cannotCreate: "the output cannot be created"
    case .writeFailed: "the output could not be written in full; the old one is as it was"
    case .protocolError: "a device's answers are not the protocol's, or it was restarted"
    }
  }
}

/// Why a command stops, as the user sees it on standard error.
struct Failure: Error {
  var code: ExitCode
  /// Without a final line feed.
  var text: String

  init(code: ExitCode, text: String) {
    self.code = code
    self.text = text
  }

  /// About a file or stream, in the form of `InputError`.
  init(code: ExitCode, _ place: String, _ message: String) {
    self.init(code: code, text: InputError(place, message).description)
  }

  init(_ error: InputError) {
    self.init(code: error.kind == .noInput ? .noInput : .badData, text: error.description)
  }

  static func usage(_ message: String, hint: String? = nil) -> Failure {
    let lines = ["error: \(message)"] + (hint.map { ["hint: \($0)"] } ?? [])
    return Failure(code: .usage, text: lines.map(printable).joined(separator: "\n"))
  }
}

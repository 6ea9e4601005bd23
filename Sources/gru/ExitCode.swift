/// How the tool ends; the numbers are those of sysexits.h.
enum ExitCode: Int32 {
  case success = 0
  /// A limit that the user stated is exceeded.
  case limitExceeded = 1
  case usage = 64
  case badData = 65
  case noInput = 66
  case internalError = 70
  case cannotCreate = 73
  case writeFailed = 74
}

/// Why a command stops, as the user sees it on standard error.
struct Failure: Error {
  var code: ExitCode
  /// Without a final line feed.
  var text: String

  static func usage(_ message: String, hint: String? = nil) -> Failure {
    Failure(code: .usage, text: "error: \(message)" + (hint.map { "\nhint: \($0)" } ?? ""))
  }
}

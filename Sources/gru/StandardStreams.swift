import Foundation

/// Writes lines to standard error, behind all that was printed: a log of both keeps their order.
func complain(_ text: String) {
  fflush(nil)
  writeToStandardError(text + "\n")
}

/// Writes as much as can be: where standard error is closed or full, nobody can be told.
func writeToStandardError(_ text: String) {
  var rest = Array(text.utf8)[...]
  while !rest.isEmpty {
    let count = rest.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress!, $0.count) }
    if count < 0 && errno == EINTR { continue }
    guard count > 0 else { return }
    rest = rest.dropFirst(count)
  }
}

/// How the tool ends once what was printed is on its way: results that are lost are no success,
/// unless the reader had enough of them (`gru inspect m.safetensors | head -1`).
func finished(_ code: ExitCode) -> ExitCode {
  while fflush(nil) != 0 {
    if errno == EINTR { continue }
    if errno == EPIPE { return code }
    complain("error: standard output: cannot be written: \(String(cString: strerror(errno)))")
    return .writeFailed
  }
  return code
}

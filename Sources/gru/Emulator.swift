import Foundation

/// The emulated Cortex-M4 that demos run on.
enum Emulator {
  private static let board = "qemu-mps2-an386"
  private static let program = "qemu-system-arm"

  static var isInstalled: Bool { Programs.path(of: program) != nil }

  static let absence = """
    \(program) is not installed: the emulated Cortex-M4 is left out.
    With Debian's package \(program), this demo runs on it.
    """

  /// Builds an image by a script of `Firmware` and runs it; shows what it prints as it comes.
  ///
  /// - Returns: what it printed, or nil if it failed.
  static func run(_ script: String, _ headers: [String]) throws -> String? {
    let command = [script, board] + headers
    print("$ " + command.joined(separator: " "))
    fflush(nil)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: script)
    process.arguments = Array(command.dropFirst())
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    var output = Data()
    while case let part = pipe.fileHandleForReading.availableData, !part.isEmpty {
      FileHandle.standardOutput.write(part)
      output += part
    }
    process.waitUntilExit()
    return process.terminationStatus == 0 ? String(decoding: output, as: UTF8.self) : nil
  }
}

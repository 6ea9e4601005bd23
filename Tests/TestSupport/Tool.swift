public import Foundation

/// Runs the `gru` that was built beside the tests, or another program.
public enum Tool {
  public struct Result {
    public var code: Int32
    public var output: String
    public var errors: String
  }

  /// - Parameter addressSpace: bytes that the process may map, its program and libraries included.
  public static func run(
    _ arguments: [String], executable: URL = Tool.executable, in folder: URL? = nil,
    environment: [String: String] = [:], addressSpace: Int? = nil
  ) throws -> Result {
    let process = Process()
    let limit = addressSpace.map { "ulimit -v \($0 >> 10); " } ?? ""
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", limit + "exec \"$0\" \"$@\"", executable.path] + arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    // The tool's messages are far smaller than a pipe's buffer; its results are read first.
    let outputData = output.fileHandleForReading.readDataToEndOfFile()
    let errorData = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Result(
      code: process.terminationStatus, output: String(decoding: outputData, as: UTF8.self),
      errors: String(decoding: errorData, as: UTF8.self))
  }

  /// The tool lies in the same folder as the test bundle.
  public static var executable: URL {
    let testBinary = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    var folder = testBinary.deletingLastPathComponent()
    while folder.path != "/" {
      let candidate = folder.appendingPathComponent("gru")
      if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
      folder.deleteLastPathComponent()
    }
    return Folders.package.appendingPathComponent(".build/debug/gru")
  }
}

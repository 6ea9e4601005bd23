import Foundation

/// The checkout that this tool was built in, with the examples, the firmware and the scripts.
enum Checkout {
  /// The first folder above the executable, or above the working directory, that has the project.
  static func folder() throws -> String {
    let executable = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    let working = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    for start in [executable, working] {
      var folder = start
      while folder.path != "/" {
        let list = folder.appendingPathComponent("Tools/packages")
        if FileManager.default.fileExists(atPath: list.path) { return folder.path }
        folder.deleteLastPathComponent()
      }
    }
    throw Failure(
      code: .noInput, text: "error: this is no checkout of the project, which the command needs")
  }
}

import Foundation

/// What of the things that this project can use is on this machine, and how the rest is installed.
enum Doctor: Command {
  static let name = "doctor"
  static let summary = "what is installed, and the command that installs what is missing"
  static let examples = ["gru doctor"]

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let folder = try Checkout.folder()
    let packages = try packages(folder)
    let groups = [
      ("Swift toolchain, for quantizing and cross-compiling", toolchain),
      ("Debian packages, for Tools/test and the emulated boards", packages.map(\.finding)),
      ("Python packages, for the exporters and their tests", python(folder)),
    ]
    for (title, findings) in groups {
      print(title)
      for finding in findings { print(finding.line) }
      print("")
    }
    let remedies = remedies(
      groups.flatMap(\.1), missing: packages.filter { $0.finding.place == nil })
    print(remedies.isEmpty ? "all there" : "to install what is missing:")
    for remedy in remedies { print("  " + remedy) }
    return remedies.isEmpty ? .success : .limitExceeded
  }

  private struct Finding {
    var name: String
    /// Where it is, or its version; nil where it is missing.
    var place: String?
    /// What it is for.
    var purpose = ""

    var line: String {
      "  \(aligned(name, 24)) \(aligned(place ?? "missing", 32)) \(purpose)"
        .trimmingCharacters(in: .newlines).droppingTrailingSpaces
    }
  }

  private static func remedies(_ findings: [Finding], missing: [Package]) -> [String] {
    func isMissing(_ names: [String]) -> Bool {
      findings.contains { names.contains($0.name) && $0.place == nil }
    }
    var remedies: [String] = []
    if isMissing(toolchain.map(\.name)) {
      remedies.append("Swift 6.3 or later, from swift.org/install, with bin in PATH")
    }
    if !missing.isEmpty {
      let names = Set(missing.flatMap(\.packages)).sorted().joined(separator: " ")
      remedies.append("sudo apt-get install --no-install-recommends \(names)")
    }
    if isMissing(pythonPackages) {
      remedies.append(
        "python3 -m venv .build-venv && "
          + ".build-venv/bin/pip install './Tools/exporters[torch,keras,onnx,jax,test]'")
    }
    return remedies
  }
}

// MARK: What is looked for

extension Doctor {
  /// Parts of the toolchain that lie beside `swift`.
  private static var toolchain: [Finding] {
    let swift = Programs.path(of: "swift")
    let bin = swift.map {
      URL(fileURLWithPath: $0).resolvingSymlinksInPath().deletingLastPathComponent()
    }
    func part(_ name: String, _ path: String, _ purpose: String) -> Finding {
      let place = bin?.appendingPathComponent(path).standardizedFileURL.path
      let exists = place.map(FileManager.default.fileExists(atPath:)) ?? false
      return Finding(name: name, place: exists ? "present" : nil, purpose: purpose)
    }
    let libraries = [
      "armv6m-none-none-eabi", "armv7em-none-none-eabi", "riscv32-none-none-eabi",
      "riscv64-none-none-eabi", "aarch64-none-none-elf", "wasm32-unknown-none-wasm",
    ]
    return [Finding(name: "swift", place: swift, purpose: "the tool itself")]
      + libraries.map {
        part($0, "../lib/swift/embedded/\($0)", "Embedded Swift's library")
      }
      + [
        part("clang", "clang", "the runtime's C"), part("ld.lld", "ld.lld", "images"),
        part("llvm-objdump", "llvm-objdump", "checks of images"),
        part("docc", "docc", "the documentation"),
      ]
  }

  /// A line of Tools/packages.
  private struct Package {
    var packages: [String]
    var finding: Finding
  }

  private static func packages(_ folder: String) throws -> [Package] {
    let list = try String(contentsOfFile: "\(folder)/Tools/packages", encoding: .utf8)
    return list.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
      let fields = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      return Package(
        packages: fields[1].split(separator: " ").map(String.init),
        finding: Finding(name: fields[0], place: Programs.path(of: fields[0]), purpose: fields[2]))
    }
  }

  private static let pythonPackages = [
    "numpy", "safetensors", "torch", "keras", "onnx", "onnxruntime", "jax", "flax", "equinox",
  ]

  /// In `.build-venv`, which Tools/test makes, else in the `python3` of the path.
  private static func python(_ folder: String) -> [Finding] {
    let venv = "\(folder)/.build-venv/bin/python"
    let interpreter =
      FileManager.default.isExecutableFile(atPath: venv) ? venv : Programs.path(of: "python3")
    let script = """
      import importlib.metadata as m, sys
      for name in sys.argv[1:]:
          try: print(m.version(name))
          except m.PackageNotFoundError: print()
      """
    let versions = interpreter.flatMap { Programs.output(of: $0, ["-c", script] + pythonPackages) }
    let lines = versions?.split(separator: "\n", omittingEmptySubsequences: false) ?? []
    return pythonPackages.enumerated().map { index, name in
      let version = index < lines.count && !lines[index].isEmpty ? String(lines[index]) : nil
      return Finding(name: name, place: version)
    }
  }
}

extension String {
  fileprivate var droppingTrailingSpaces: String {
    String(reversed().drop { $0 == " " }.reversed())
  }
}

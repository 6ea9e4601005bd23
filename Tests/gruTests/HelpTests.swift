import Foundation
import ModelFiles
import TestSupport
import Testing

/// Runs a script of a shell that must be installed: Tools/test brings it.
private func run(
  _ shell: String, _ script: String, in folder: URL? = nil, path: String? = nil
) throws -> Tool.Result {
  try Tool.run(
    [shell, "-c", script], executable: URL(fileURLWithPath: "/usr/bin/env"), in: folder,
    environment: path.map { ["PATH": $0 + ":/usr/bin:/bin"] } ?? [:])
}

private func isInstalled(_ program: String) -> Bool {
  ["/bin", "/usr/bin"].contains {
    FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
  }
}

@Suite("Help") struct HelpTests {
  private static let commands = [
    "demo", "inspect", "quantize", "validate", "check", "run", "vectors", "live", "bench",
    "tables", "schema", "doctor", "completions", "manual",
  ]

  private func examples(of command: String) throws -> [String] {
    let help = try Tool.run(["help", command])
    #expect(help.code == 0)
    #expect(try Tool.run([command, "--help"]).output == help.output)
    let lines = help.output.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex(of: "examples:"))
    return lines[(start + 1)...].prefix { $0.hasPrefix("  ") }.map { String($0.dropFirst(2)) }
  }

  @Test("every command is in the overview, and every line of help fits 80 columns")
  func overview() throws {
    let overview = try Tool.run(["help"])
    #expect(overview.code == 0)
    let named = overview.output.components(separatedBy: "commands:\n")[1]
      .split(separator: "\n").filter { $0.hasPrefix("  ") }
      .map { String($0.split(separator: " ")[0]) }
    #expect(named == Self.commands)
    for command in Self.commands {
      let help = try Tool.run(["help", command]).output
      for line in help.split(separator: "\n") where !line.hasPrefix("  gru ") {
        #expect(line.count <= 80, "\(line)")
      }
    }
  }

  @Test("the examples of help run as printed, one after the other")
  func examplesRun() throws {
    try Folders.withTemporary { folder in
      let example = Folders.package.appendingPathComponent("Tools/examples/japanese_vowels")
      for (name, copy) in [
        ("model.safetensors", "model.safetensors"), ("calibration.npy", "calibration.npy"),
        ("calibration.npy", "c.npy"),
        ("inputs.npy", "inputs.npy"), ("labels.npy", "labels.npy"), ("hidden.npy", "hidden.npy"),
        ("lengths.npy", "lengths.npy"),
      ] {
        try FileManager.default.copyItem(
          at: example.appendingPathComponent(name), to: folder.appendingPathComponent(copy))
      }
      try Data("[\"1\", \"2\", \"3\", \"4\", \"5\", \"6\", \"7\", \"8\", \"9\"]".utf8)
        .write(to: folder.appendingPathComponent("classes.json"))
      let path = Tool.executable.deletingLastPathComponent().path
      // The demo and the doctor have tests of their own: they use what is installed.
      for command in Self.commands where !["demo", "doctor"].contains(command) {
        let examples = try examples(of: command)
        #expect(!examples.isEmpty)
        // Boards have tests of their own too.
        for line in examples where !line.contains("--device") {
          let result = try run("bash", line, in: folder, path: path)
          #expect(result.code == 0, "\(line): \(result.errors)")
        }
      }
    }
  }

  @Test("a misspelt command or example names the nearest")
  func nearest() throws {
    let result = try Tool.run(["help", "quantise"])
    #expect(result.code == 64)
    #expect(
      result.errors == """
        error: unknown command 'quantise'
        hint: did you mean 'quantize'?

        """)
  }

  @Test("the manual page is read by groff without a warning", .enabled(if: isInstalled("groff")))
  func manual() throws {
    let path = Tool.executable.deletingLastPathComponent().path
    let page = try run("bash", "gru manual | groff -man -Tascii -ww -rLL=80n", path: path)
    #expect(page.code == 0 && page.errors.isEmpty, "\(page.errors)")
    // Overstrikes make bold and underlined letters.
    let text = page.output.replacing(/\u{1B}\[[0-9;]*m|.\u{8}/, with: "")
    for words in ["--min-sqnr DB", "gru quantize model.safetensors --calibration", "EXIT STATUS"] {
      #expect(text.contains(words), "\(words)")
    }
  }
}

@Suite("Completions") struct CompletionTests {
  private static let path = Tool.executable.deletingLastPathComponent().path

  /// Words that bash offers for the last of those typed.
  private func bash(_ words: String...) throws -> Set<String> {
    let typed = words.map { "'\($0)'" }.joined(separator: " ")
    let script = """
      source <(gru completions bash)
      COMP_WORDS=(\(typed)); COMP_CWORD=\(words.count - 1); _gru
      printf '%s\\n' "${COMPREPLY[@]}"
      """
    let result = try run("bash", script, path: Self.path)
    #expect(result.errors.isEmpty, "\(result.errors)")
    return Set(result.output.split(separator: "\n").map(String.init))
  }

  @Test("bash completes commands, options and their words")
  func bashOffers() throws {
    #expect(try bash("gru", "quan") == ["quantize"])
    #expect(try bash("gru", "help", "va") == ["validate"])
    #expect(try bash("gru", "quantize", "--min") == ["--min-sqnr"])
    #expect(
      try bash("gru", "quantize", "m", "--rounding", "") == ["nearest", "compensated", "tuned"])
    #expect(try bash("gru", "run", "h.h", "") == [])
    #expect(try bash("gru", "demo", "") == ["speakers", "activity", "characters"])
    #expect(try bash("gru", "schema", "v") == ["validate"])
  }

  @Test("fish completes commands, options and their words", .enabled(if: isInstalled("fish")))
  func fishOffers() throws {
    func offers(_ line: String) throws -> [String] {
      let result = try run(
        "fish", "gru completions fish | source; complete -C '\(line)'", path: Self.path)
      return result.output.split(separator: "\n").map { String($0.split(separator: "\t")[0]) }
    }
    #expect(try offers("gru quan") == ["quantize"])
    #expect(try offers("gru quantize --min-") == ["--min-sqnr"])
    #expect(try offers("gru quantize --carry ").sorted() == ["off", "on"])
    #expect(try offers("gru help va") == ["validate"])
    #expect(try offers("gru demo ").sorted() == ["activity", "characters", "speakers"])
  }

  @Test("zsh completes commands, options and their words", .enabled(if: isInstalled("zsh")))
  func zshOffers() throws {
    // A terminal of zsh's own, in which a tab is typed.
    func offers(_ line: String) throws -> String {
      let script = """
        zmodload zsh/zpty
        zpty z 'TERM=dumb PS1= zsh -f -i'
        zpty -w z "autoload -Uz compinit; compinit -u -D; unsetopt zle_bracketed_paste"
        zpty -w z "gru completions zsh > $TMPDIR/_gru; fpath=($TMPDIR \\$fpath)"
        zpty -w z "autoload -Uz _gru; compdef _gru gru; echo ready-\\$((40 + 2))"
        zpty -r -m z line '*ready-42*'
        zpty -w -n z $'\(line)\\t'
        sleep 1
        zpty -w -n z $'\\x15exit\\n'
        while zpty -r z line; do print -r -- "$line"; done
        """
      return try Folders.withTemporary { folder in
        try Tool.run(
          ["zsh", "-f", "-c", script], executable: URL(fileURLWithPath: "/usr/bin/env"),
          environment: ["PATH": Self.path + ":/usr/bin:/bin", "TMPDIR": folder.path]
        ).output
      }
    }
    #expect(try offers("gru quan").contains("gru quantize "))
    #expect(try offers("gru quantize --min").contains("--min-sqnr"))
    #expect(try offers("gru demo act").contains("gru demo activity"))
  }

  @Test("another shell is refused")
  func other() throws {
    let result = try Tool.run(["completions", "csh"])
    #expect(
      result.code == 64
        && result.errors == "error: the shell is 'csh', expected bash, zsh or fish\n")
  }
}

@Suite("gru doctor") struct DoctorTests {
  /// A folder with programs that do nothing but exist.
  private func withPrograms(_ names: [String], _ body: (String) throws -> Void) throws {
    try Folders.withTemporary { folder in
      for name in names {
        let url = folder.appendingPathComponent(name)
        try Data("#!/bin/sh\nexit 1\n".utf8).write(to: url)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: url.path)
      }
      try body(folder.path)
    }
  }

  /// Commands and Debian packages of Tools/packages.
  private func listed() throws -> [(command: String, packages: [String])] {
    let list = try String(
      contentsOf: Folders.package.appendingPathComponent("Tools/packages"), encoding: .utf8)
    return list.split(separator: "\n").filter { !$0.hasPrefix("#") }.map {
      let fields = $0.components(separatedBy: " | ")
      return (fields[0], fields[1].components(separatedBy: " "))
    }
  }

  @Test("what is missing is named with one command for all of it")
  func missing() throws {
    let listed = try listed()
    let absent = ["qemu-system-arm", "g++"]
    try withPrograms(listed.map(\.command).filter { !absent.contains($0) }) { path in
      let result = try Tool.run(["doctor"], in: Folders.package, environment: ["PATH": path])
      #expect(result.code == 1)
      for (command, _) in listed {
        let line = result.output.split(separator: "\n").first { $0.hasPrefix("  \(command) ") }
        #expect(
          try #require(line).contains("missing") == absent.contains(command), "\(line ?? "")")
      }
      #expect(
        result.output.contains(
          "\n  sudo apt-get install --no-install-recommends g++ qemu-system-arm\n"))
      // The path has no swift.
      #expect(result.output.contains("swift.org/install"))
    }
  }

  @Test("on this machine, the toolchain that runs the tests is whole")
  func toolchain() throws {
    let result = try Tool.run(["doctor"], in: Folders.package)
    let lines = result.output.split(separator: "\n").prefix { $0 != "" }
    for name in ["armv6m-none-none-eabi", "wasm32-unknown-none-wasm", "ld.lld", "docc"] {
      #expect(lines.contains { $0.hasPrefix("  \(name) ") && $0.contains("present") }, "\(name)")
    }
  }
}

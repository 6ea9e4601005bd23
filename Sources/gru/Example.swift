import Foundation

/// A bundled example: a trained network with data, and what the demo does with it on a device.
struct Example {
  enum Device {
    /// Replays golden vectors of so many steps.
    case replay(steps: Int)
    /// Plays the inputs, with names of the outputs from a file, and further options of `gru live`.
    case live(classes: String, options: [String])
  }

  /// What `gru demo` calls it.
  let name: String
  /// Its folder in `Tools/examples`, and the prefix of the header's symbols.
  let stem: String
  /// One line for the user.
  let claim: String
  let device: Device

  /// The first is what `gru demo` shows by itself.
  static let all = [
    Example(
      name: "speakers", stem: "japanese_vowels",
      claim: "A GRU with 32 units tells nine speakers by how they say two vowels.",
      device: .replay(steps: 1_000)),
    Example(
      name: "activity", stem: "activity",
      claim: "A GRU with 16 units tells from a watch, ten times a second, what its wearer does.",
      device: .live(classes: "classes.json", options: ["--rate", "10"])),
    Example(
      name: "characters", stem: "characters",
      claim: "A GRU with 64 units knows a text by heart: given 8 characters, it recites the rest.",
      device: .live(classes: "vocabulary.json", options: ["--steps", "8", "--free", "559"])),
  ]

  /// All names, as a sentence lists them.
  static var names: String {
    let names = all.map(\.name)
    return names.dropLast().joined(separator: ", ") + " or " + names.last!
  }

  /// From the project's folder.
  var folder: String { "Tools/examples/\(stem)" }
}

// MARK: The demo's commands, which run in the project's folder

extension Example {
  static let output = ".build/demo"

  var header: String { "\(Self.output)/\(stem)_model.h" }

  /// What the device gets beside the header.
  var deviceHeader: String {
    switch device {
    case .replay: "\(Self.output)/\(stem)_vectors.h"
    case .live: "\(Self.output)/\(stem)_recording.h"
    }
  }

  /// The whole way on the host, the last command writing `deviceHeader`.
  var commands: [[String]] {
    let model = file("model.safetensors")
    let writeDeviceHeader =
      switch device {
      case .replay(let steps):
        ["vectors", header] + inputs + ["--steps", String(steps), "-o", deviceHeader]
      case .live: live + ["-o", deviceHeader]
      }
    return [
      ["inspect", model],
      ["quantize", model, "--calibration", file("calibration.npy")]
        + ifThere("--lengths", "calibration_lengths.npy")
        + ifThere("--input-scale", "input_scale.npy") + ["-o", header],
      ["validate", model, "--header", header] + inputs + ifThere("--labels", "labels.npy")
        + ["--expect-hidden", file("hidden.npy"), "--expect-output", file("outputs.npy")],
      writeDeviceHeader,
    ]
  }

  /// Plays the recording here; none where the device replays vectors.
  var live: [String] {
    guard case .live(let classes, let options) = device else { return [] }
    return ["live", header] + inputs + ifThere("--labels", "labels.npy")
      + ["--classes", file(classes)] + options
  }

  private var inputs: [String] {
    ["--inputs", file("inputs.npy")] + ifThere("--lengths", "lengths.npy")
  }

  private func file(_ name: String) -> String { "\(folder)/\(name)" }

  private func ifThere(_ option: String, _ name: String) -> [String] {
    FileManager.default.fileExists(atPath: file(name)) ? [option, file(name)] : []
  }
}

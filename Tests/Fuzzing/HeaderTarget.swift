import Foundation
import GRUHarness
import GRUQuantizer
import ModelFiles
import TestSupport

/// The reader of generated headers, and the runtime on what it lets through.
enum HeaderTarget: FuzzTarget {
  static let name = "header"

  static let seeds: [[UInt8]] = (UInt64(0)..<24).map { seed in
    var random = RandomIntegers(seed: seed, isExtreme: seed % 4 == 0)
    return Array(header(of: random.network(largest: 3)).utf8)
  }

  static func check(_ bytes: [UInt8]) {
    let file = InputFile(bytes)
    do throws(InputError) {
      let network = try QuantizedNetwork(header: file)
      requireSteps(network)
      requireRoundTrip(network)
    } catch {
      requireWords(error, about: file.name)
    }
  }

  /// Steps on any input and from any state end, write where they may, and need no vector units.
  private static func requireSteps(_ network: QuantizedNetwork) {
    if case .vector(let scales, let offsets) = network.input {
      require(scales.allSatisfy { $0.isFinite && $0 > 0 }, "scales are finite and above 0")
      require(offsets.allSatisfy(\.isFinite), "offsets are finite")
    }
    var random = RandomIntegers(seed: 1, isExtreme: true)
    do {
      let instances = try [WeightLayout.wide, .quads].map {
        try RuntimeInstance(RuntimeModel(network, layout: $0))
      }
      let state = random.bytes(instances[0].stateBytes.count)
      for instance in instances { instance.stateBytes = state }
      for _ in 0..<3 {
        let input: RawInput =
          network.readsTokens
          ? .token(random.token(for: network)) : .vector(random.input(for: network))
        let outputs = try instances.map { try $0.step(input) }
        require(outputs[0] == outputs[1], "every layout computes the same")
        require(instances[0].stateBytes == instances[1].stateBytes, "and keeps the same")
      }
    } catch {
      fail("the runtime runs what the reader takes: \(error)")
    }
  }

  private static func requireRoundTrip(_ network: QuantizedNetwork) {
    do throws(InputError) {
      let again = try QuantizedNetwork(header: InputFile(Array(header(of: network).utf8)))
      require(again == network, "a network survives being written")
    } catch {
      fail("what was read can be written: \(error.description)")
    }
  }

  private static func header(of network: QuantizedNetwork) -> String {
    HeaderWriter.header(
      for: network, provenance: Provenance(version: "0", command: "gru", inputs: []), measured: [])
  }
}

// MARK: Mutation

extension HeaderTarget {
  /// Changes numbers and words of the C; the checksum is made right half of the time.
  static func mutate(_ bytes: [UInt8], using random: inout SeededGenerator) -> [UInt8] {
    var mutant = bytes
    if random.happens(1, in: 4) {
      mutant = mutateBytes(bytes)
    } else {
      for _ in 0...Int.random(in: 0...2, using: &random) { changeWord(of: &mutant, &random) }
    }
    return random.happens(1, in: 2) ? withRightChecksum(mutant) : mutant
  }

  /// Puts another number or name in place of one.
  private static func changeWord(of bytes: inout [UInt8], _ random: inout SeededGenerator) {
    guard !bytes.isEmpty else { return }
    func isWord(_ byte: UInt8) -> Bool {
      let character = Character(UnicodeScalar(byte))
      return character.isASCII && (character.isLetter || character.isNumber || character == "_")
    }
    let place = Int.random(in: 0..<bytes.count, using: &random)
    // Most of a header is its comment and its arrays: half of the changes are in the structures.
    guard let start = bytes[place...].firstIndex(where: isWord) else { return }
    let end = bytes[start...].firstIndex { !isWord($0) } ?? bytes.count
    let word = String(decoding: bytes[start..<end], as: UTF8.self)
    let new: String
    if let number = Int(word) {
      new = random.number(near: number)
    } else if word.hasPrefix("0x"), let number = UInt32(word.dropFirst(2), radix: 16) {
      let other = number ^ 1 << UInt32.random(in: 0..<32, using: &random)
      new = "0x" + String(other, radix: 16)
    } else {
      new = words.randomElement(using: &random)!
    }
    bytes.replaceSubrange(start..<end, with: new.utf8)
  }

  private static let words = [
    "GRU_LAYER_CELL", "GRU_LAYER_DENSE", "GRU_LAYER_EMBEDDING", "GRU_WEIGHTS_INT8",
    "GRU_WEIGHTS_INT16", "GRU_LAYOUT_QUADS", "GRU_LAYOUT_PAIRS", "GRU_LAYOUT_WIDE",
    "GRU_LAYOUT_TOKENS", "GRU_RESET_AFTER", "GRU_RESET_BEFORE", "GRU_CANDIDATE_TANH",
    "GRU_CANDIDATE_RELU", "GRU_INPUT_TOKEN", "GRU_INPUT_VECTOR", "GRU_FORMAT_VERSION", "NULL",
    "random_layer0", "random_layer0_weights", "random_layer0_rows", "random_layer0_tokens",
    "random_model", "static", "const", "1e400f", "0.5f", "-1",
  ]

  /// The reader says which checksum the constants have.
  private static func withRightChecksum(_ bytes: [UInt8]) -> [UInt8] {
    do throws(InputError) {
      _ = try QuantizedNetwork(header: InputFile(bytes))
      return bytes
    } catch {
      let pattern = /its constants have CRC-32 (0x\w+), expected (0x\w+): .*/
      guard let match = error.message.wholeMatch(of: pattern) else { return bytes }
      let text = String(decoding: bytes, as: UTF8.self)
      return Array(text.replacing(match.2, with: match.1).utf8)
    }
  }
}

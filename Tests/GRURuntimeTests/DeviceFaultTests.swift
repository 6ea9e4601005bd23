import FixedPoint
import Foundation
import GRUHarness
import GRUQuantizer
import ModelFiles
import TestSupport
import Testing

/// The run that the firmware program `Faults` makes, by the wide reference and by this machine.
@Suite("Device faults") struct DeviceFaultTests {
  private static let steps = 100_000

  /// Small networks of each kind, everything in them at an end of its range.
  fileprivate enum Subject: String, CaseIterable {
    case after
    case before
    case tokens
    case zeros

    var network: QuantizedNetwork {
      var seed: UInt64 = 0
      while true {
        var random = RandomIntegers(seed: seed, isExtreme: true)
        var network = random.network(largest: 5)
        if fits(network) {
          network.name = rawValue
          return network
        }
        seed += 1
      }
    }

    private func fits(_ network: QuantizedNetwork) -> Bool {
      let isSquare = network.layers.first?.cell.map { $0.input.reset.columns == $0.hiddenSize }
      let hasDense = network.layers.last?.dense != nil
      return switch self {
      case .after:
        isSquare == true && !network.readsTokens && hasDense && network.cells.count == 1
          && network.cells[0].reset == .after && network.cells[0].carryBits == 8
      case .before:
        isSquare == true && !network.readsTokens && network.cells.count == 2
          && network.cells[0].reset == .before && network.cells[0].candidate == .relu
      case .tokens: network.readsTokens && hasDense && network.layers.first?.cell != nil
      case .zeros: isSquare == true && network.layers.count == 1 && !network.readsTokens
      }
    }
  }

  /// Marsaglia's xorshift, as in the firmware.
  private struct Random {
    private var state: UInt32 = 1

    mutating func next() -> UInt32 {
      state ^= state << 13
      state ^= state >> 17
      state ^= state << 5
      return state
    }

    mutating func input(for network: QuantizedNetwork) -> RawInput {
      if network.readsTokens { return .token(Int(next() % UInt32(network.inputSize))) }
      return .vector(
        (0..<network.inputSize).map { _ in
          let bits = next()
          let ends: [Int16] = [.min, .max, -.max, 0]
          return bits & 4 == 0 ? ends[Int(bits & 3)] : Int16(truncatingIfNeeded: bits >> 16)
        })
    }
  }

  @Test(
    "10⁵ steps at the ends of every range, from any state: as the wide reference",
    arguments: Subject.allCases)
  fileprivate func run(_ subject: Subject) throws {
    var network = subject.network
    if subject == .zeros { network.layers = network.layers.map(\.zeroed) }
    let instance = try RuntimeInstance(RuntimeModel(network))
    var reference = WideReference(network)
    var (random, crc) = (Random(), CRC32())
    for step in 0..<Self.steps {
      if step % 1_000 == 0 {
        let bytes = instance.stateBytes.map { _ in UInt8(truncatingIfNeeded: random.next()) }
        instance.stateBytes = bytes
        reference.restore(bytes)
      }
      let input = random.input(for: network)
      let output = reference.step(input).map { Int32($0) }
      try #require(instance.step(input) == output && instance.hidden == reference.hidden)
      for value in reference.hidden { crc.update(UInt32(UInt16(bitPattern: value)), bytes: 2) }
      for value in output { crc.update(UInt32(bitPattern: value), bytes: 4) }
    }
    try emit(network, crc.value)
  }

  /// Header, vectors and the CRC for the device, in each layout, where an environment variable names
  /// a folder.
  private func emit(_ network: QuantizedNetwork, _ crc: UInt32) throws {
    let variable = "GRU_DEVICE_FAULTS"
    guard let path = ProcessInfo.processInfo.environment[variable] else { return }
    let one = network.readsTokens ? 1 : network.inputSize
    let data = Sequences(
      width: one, isTokens: network.readsTokens,
      sequences: [.init(values: Array(repeating: 0, count: one), steps: 1)])
    for layout in [WeightLayout.quads, .pairs] {
      var laidOut = network.laidOut(as: layout)
      laidOut.name = "\(network.name)_\(layout)"
      try emitForDevices(laidOut, data, steps: 1, into: variable)
      let line =
        "\(laidOut.name): 9 faults, \(Self.steps) steps, CRC-32 "
        + String(format: "%08X\n", crc)
      try line.write(
        toFile: "\(path)/\(laidOut.name).txt", atomically: false, encoding: .utf8)
    }
  }
}

extension QuantizedLayer {
  /// The same layer with zeros for weights, multipliers and biases.
  fileprivate var zeroed: QuantizedLayer {
    guard case .cell(var cell) = self else { return self }
    func zeros(_ matrix: QuantizedMatrix) -> QuantizedMatrix {
      var matrix = matrix
      matrix.weights = matrix.weights.map { _ in 0 }
      matrix.multipliers = matrix.multipliers.map { _ in 0 }
      return matrix
    }
    cell.input = cell.input.map(zeros)
    cell.recurrent = cell.recurrent.map(zeros)
    cell.bias = cell.bias.map { $0.map { _ in 0 } }
    cell.recurrentBias = nil
    return .cell(cell)
  }
}

import Foundation
import GRUHarness
import GRUQuantizer
import ModelFiles
import Synchronization
import TestSupport
import Testing

@Suite("Wide reference") struct WideReferenceTests {
  /// Steps in all: 10⁵, or what an environment variable asks for.
  ///
  ///     GRU_WIDE_STEPS=10000000 swift test -c release -Xswiftc -enable-testing \
  ///       --filter WideReferenceTests
  static let steps =
    ProcessInfo.processInfo.environment["GRU_WIDE_STEPS"].flatMap { Int($0) } ?? 100_000
  /// Of one network, half of them from any state.
  private static let stepsOfOne = 100

  @Test("random networks of every kind, in every layout, equal it to the bit at each step")
  func randomNetworks() {
    let failures = Mutex([String]())
    DispatchQueue.concurrentPerform(iterations: Self.steps / Self.stepsOfOne) { index in
      do {
        if let difference = try Self.difference(seed: UInt64(index)) {
          failures.withLock { $0.append("seed \(index): \(difference)") }
        }
      } catch {
        failures.withLock { $0.append("seed \(index): \(error)") }
      }
    }
    #expect(failures.withLock { $0.sorted().prefix(5) } == [])
  }

  /// The first step at which a layout of a network leaves the reference.
  private static func difference(seed: UInt64) throws -> String? {
    var random = RandomIntegers(seed: seed, isExtreme: seed % 4 == 0)
    let network = random.network()
    #expect(network.accumulatorBounds.allSatisfy { $0.accumulator <= Int(Int32.max) })
    let layouts = [WeightLayout.quads, .pairs, .wide]
    let instances = try layouts.map { layout in
      (layout, try RuntimeInstance(RuntimeModel(network, layout: layout)))
    }
    var reference = WideReference(network)
    for step in 0..<stepsOfOne {
      if step == stepsOfOne / 2 {
        let bytes = random.bytes(instances[0].1.stateBytes.count)
        for (_, instance) in instances { instance.stateBytes = bytes }
        reference.restore(bytes)
      }
      let input: RawInput =
        network.readsTokens
        ? .token(random.token(for: network)) : .vector(random.input(for: network))
      let expected = reference.step(input)
      for (layout, instance) in instances {
        guard try instance.step(input).map({ Int128($0) }) == expected else {
          return "\(layout), step \(step): the output"
        }
        guard reference.stored(in: instance.stateBytes) else {
          return "\(layout), step \(step): the state"
        }
      }
    }
    return nil
  }

  @Test(
    "everything at the ends of its range for 10⁵ steps: saturated as the reference saturates",
    arguments: [(ResetMode.after, 0), (.after, 8), (.before, 0), (.before, 8)])
  func fullScale(reset: ResetMode, carryBits: Int) throws {
    var random = RandomIntegers(seed: 7, isExtreme: true)
    var network = random.network(largest: 4)
    while network.layers.count != 1 || network.readsTokens { network = random.network(largest: 4) }
    var cell = network[cell: 0]
    (cell.reset, cell.carryBits) = (reset, carryBits)
    network[cell: 0] = cell
    var reference = WideReference(network)
    let instance = try RuntimeInstance(RuntimeModel(network))
    for step in 0..<100_000 {
      let input = RawInput.vector(random.input(for: network))
      let equal = try instance.step(input).map { Int128($0) } == reference.step(input)
      try #require(equal && reference.stored(in: instance.stateBytes), "step \(step)")
    }
  }

  @Test("rows of zeros: gates of one half, no division")
  func zeros() throws {
    func matrix() -> QuantizedMatrix {
      QuantizedMatrix(
        rows: 5, columns: 5, format: .int8, weights: Array(repeating: 0, count: 25),
        multipliers: Array(repeating: 0, count: 5), shift: 0)
    }
    let matrices = Gates(reset: matrix(), update: matrix(), candidate: matrix())
    let none = [Int32](repeating: 0, count: 5)
    for reset in ResetMode.allCases {
      let cell = QuantizedCell(
        reset: reset, candidate: .tanh, input: matrices, recurrent: matrices,
        bias: Gates(reset: none, update: none, candidate: none), recurrentBias: nil,
        initialState: [.min, -16_384, 0, 16_384, .max], preActivationShift: 0, carryBits: 8,
        stateExponent: 0)
      let network = QuantizedNetwork(
        name: "zeros", input: .vector(scales: [1], offsets: []), layers: [.cell(cell)])
      let instance = try RuntimeInstance(RuntimeModel(network))
      // z = ½ and n = 0: the state halves.
      _ = try instance.step([.min, .max, 1, 0, -1])
      #expect(instance.hidden == [-16_384, -8_192, 0, 8_192, 16_384])
      for _ in 0..<40 { _ = try instance.step([.min, .max, 1, 0, -1]) }
      #expect(instance.hidden == [0, 0, 0, 0, 0])
    }
  }
}

import GRUHarness
import GRUQuantizer
import TestSupport

/// The step of the runtime, on a network, inputs and states made from the bytes, beside the
/// reference in wide integers.
enum StepTarget: FuzzTarget {
  static let name = "step"

  static let seeds: [[UInt8]] = (0..<32).map { seed in
    var generator = SeededGenerator(seed: UInt64(seed))
    return (0..<64 << (seed % 4)).map { _ in .random(in: .min ... .max, using: &generator) }
  }

  static func check(_ bytes: [UInt8]) {
    var random = RandomIntegers(
      from: ByteGenerator(bytes: bytes.dropFirst()), isExtreme: bytes.first ?? 0 & 1 == 1)
    let network = random.network(largest: 24)
    require(
      network.accumulatorBounds.allSatisfy { $0.accumulator <= Int(Int32.max) },
      "accumulators are in bounds")
    do {
      let instances = try [WeightLayout.quads, .pairs, .wide].map {
        try RuntimeInstance(RuntimeModel(network, layout: $0))
      }
      var reference = WideReference(network)
      for step in 0..<6 {
        if step == 3 {
          let state = random.bytes(instances[0].stateBytes.count)
          for instance in instances { instance.stateBytes = state }
          reference.restore(state)
        }
        let input: RawInput =
          network.readsTokens
          ? .token(random.token(for: network)) : .vector(random.input(for: network))
        let expected = reference.step(input)
        for instance in instances {
          require(
            try instance.step(input).map { Int128($0) } == expected, "the output at step \(step)")
          require(reference.stored(in: instance.stateBytes), "the state at step \(step)")
        }
      }
    } catch {
      fail("the runtime runs the network: \(error)")
    }
  }
}

/// Random numbers from bytes, two for each, so that a changed byte changes one choice; behind their
/// end the numbers go on by themselves.
private struct ByteGenerator: RandomNumberGenerator {
  private var bytes: ArraySlice<UInt8>
  private var rest = SeededGenerator(seed: 0)

  init(bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  mutating func next() -> UInt64 {
    guard let high = bytes.popFirst(), let low = bytes.popFirst() else { return rest.next() }
    // The upper bits choose; the lower ones only must not be zero.
    return UInt64(high) << 56 | UInt64(low) << 48 | 0x5555_5555_5555
  }
}

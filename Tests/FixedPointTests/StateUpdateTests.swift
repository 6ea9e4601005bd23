import FixedPoint
import TestSupport
import Testing

@Suite("State update") struct StateUpdateTests {
  @Test("z = 1 keeps every state to the bit, whatever the candidate")
  func hold() {
    var changed = 0
    for raw in Int32(Int16.min)...Int32(Int16.max) {
      for (carry, candidate) in [(Int8(0), Int32(65_535)), (-128, -65_535), (127, 12_345)] {
        let state = HiddenState(Q15(raw: Int16(raw)), carry: carry)
        if blend(state, toward: Candidate(raw: candidate << 7), keeping: .one) != state {
          changed += 1
        }
      }
    }
    #expect(changed == 0)
  }

  @Test("z = 0 takes every candidate to the bit, whatever the state")
  func replace() {
    var wrong = 0
    for candidate in Int32(-65_535)...65_535 {
      let state = HiddenState(Q15(raw: candidate % 2 == 0 ? .min : .max), carry: 77)
      let next = blend(state, toward: Candidate(raw: candidate << 7), keeping: Gate(raw: 0))
      if next.raw != candidate << 7 { wrong += 1 }
    }
    #expect(wrong == 0)
  }

  @Test("n + z·(h − n) is rounded once, half up, for random states, candidates and gates")
  func exact() {
    var generator = SeededGenerator(seed: 2)
    for _ in 0..<100_000 {
      let state = HiddenState(
        Q15(raw: .random(in: .min ... .max, using: &generator)),
        carry: .random(in: .min ... .max, using: &generator))
      let largest = Candidate.largest.raw
      let n = Int32.random(in: -largest...largest, using: &generator)
      let z = Int32.random(in: 0...65_536, using: &generator)
      let next = blend(state, toward: Candidate(raw: n), keeping: Gate(raw: z))
      let exact = (Int128(n) << 16) + Int128(z) * (Int128(state.raw) - Int128(n))
      #expect(Int128(next.raw) == roundHalfUp(exact, shift: 16))
    }
  }

  @Test("a state splits into Q15 and carry and comes back, for every pair of both")
  func split() {
    var lost = 0
    for hidden in Int32(Int16.min)...Int32(Int16.max) {
      for carry: Int8 in [-128, -127, -1, 0, 1, 126, 127] {
        let state = HiddenState(Q15(raw: Int16(hidden)), carry: carry)
        if HiddenState(state.hidden, carry: state.carry) != state { lost += 1 }
      }
    }
    #expect(lost == 0)
  }

  @Test("a state that rounds to 1 saturates at 1 − 2⁻¹⁵")
  func saturation() {
    let state = HiddenState(raw: 65_535 << 7)
    #expect(state.hidden.raw == .max)
    #expect(state.carry == 127)
  }

  @Test("r = 1 leaves h, r = 0 makes 0, and r · h is rounded once, for every h")
  func reset() {
    var wrong = 0
    for raw in Int32(Int16.min)...Int32(Int16.max) {
      let h = Q15(raw: Int16(raw))
      if gated(h, by: .one) != h || gated(h, by: Gate(raw: 0)).raw != 0 { wrong += 1 }
      for r: Int32 in [1, 32_767, 32_768, 65_535] {
        let exact = roundHalfUp(Int128(raw) * Int128(r), shift: 16)
        if Int128(gated(h, by: Gate(raw: r)).raw) != exact { wrong += 1 }
      }
    }
    #expect(wrong == 0)
  }

  @Test("a ReLU candidate is max(0, x) in the state's units, saturated", arguments: 0...12)
  func rectified(exponent: Int32) {
    var generator = SeededGenerator(seed: UInt64(exponent))
    let scale = Double(sign: .plus, exponent: Int(exponent), significand: 1)
    for _ in 0..<2_000 {
      let bits = Int32.random(in: 0...31, using: &generator)
      let raw = Int32.random(in: .min ... .max, using: &generator) >> bits
      let candidate = relu(PreActivation(raw: raw), stateExponent: exponent)
      let exact = max(0, Double(raw) * 0x1p-18)
      let value = Double(candidate.raw) * 0x1p-23 * scale
      // Half a unit of rounding from an exponent of 6 on, else exact up to the limit.
      #expect(abs(value - min(exact, 3 * scale)) <= scale * 0x1p-14)
      if exact < 2.99 * scale { #expect(abs(value - exact) <= scale * 0x1p-24) }
    }
  }
}

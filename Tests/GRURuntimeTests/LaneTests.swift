import CGRU
import FixedPoint
import TestSupport
import Testing

/// Four values at once: `gru_lanes.h` and `gru_units_simd.h`.
@Suite("Lanes", .enabled(if: gru_has_vectors())) struct LaneTests {
  private static let ends: [Int32] = [.min, .min + 1, -1, 0, 1, .max - 1, .max]

  private func values(
    _ generator: inout SeededGenerator, isExtreme: Bool, bits: Int = 32
  ) -> [Int32] {
    (0..<4).map { _ in
      let value = Int32.random(in: .min ... .max, using: &generator)
      return isExtreme
        ? Self.ends.randomElement(using: &generator)! >> (32 - bits)
        : value >> Int.random(in: 32 - bits...31, using: &generator)
    }
  }

  private func quad(_ rows: [Int32]) -> gru_quad_t {
    gru_quad_t(row0: rows[0], row1: rows[1], row2: rows[2], row3: rows[3])
  }

  @Test("four rows are scaled as one is", arguments: [false, true])
  func requantize(isExtreme: Bool) {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<20_000 {
      let (addends, sums, multipliers) = (
        values(&generator, isExtreme: isExtreme), values(&generator, isExtreme: isExtreme),
        values(&generator, isExtreme: isExtreme)
      )
      let result = gru_requantize(quad(addends), quad(sums), quad(multipliers))
      #expect(
        [result.row0, result.row1, result.row2, result.row3]
          == (0..<4).map { gru_smmlar(addends[$0], sums[$0], multipliers[$0]) })
    }
  }

  @Test("four units are blended as one is", arguments: 0...2)
  func blendUnits(shift: UInt32) {
    var generator = SeededGenerator(seed: 2)
    for index in 0..<20_000 {
      // Sums of up to 29 bits in Q18, as the quantizer proves.
      let sums = (0..<4).map { _ in
        values(&generator, isExtreme: index % 8 == 0, bits: 29 - Int(shift))
      }
      let hidden = (0..<4).map { _ in
        index % 3 == 0
          ? [.min, .max].randomElement(using: &generator)!
          : Int16.random(in: .min ... .max, using: &generator)
      }
      var next = [Int16](repeating: 0, count: 4)
      gru_blend_lanes(sums.map(quad), shift, hidden, &next, tanhKnotTable)
      for unit in 0..<4 {
        let (c, n, z, r) = (
          sums[0][unit] << shift, sums[1][unit] << shift, sums[2][unit] << shift,
          sums[3][unit] << shift
        )
        let reset = sigmoid(PreActivation(raw: r))
        let candidate = tanh(
          PreActivation(raw: multiplyHigh(c &<< 2, reset.raw &<< 14, addingTo: n)))
        let state = blend(
          HiddenState(Q15(raw: hidden[unit]), carry: 0), toward: candidate,
          keeping: sigmoid(PreActivation(raw: z)))
        #expect(next[unit] == state.hidden.raw)
      }
    }
  }
}

import CGRU
import FixedPoint
import TestSupport
import Testing

/// ⌊numerator / 2^shift + ½⌋ in 128 bits.
func roundHalfUp(_ numerator: Int128, shift: Int) -> Int128 {
  (2 * numerator + (1 << shift)) >> (shift + 1)
}

@Suite("Rounding") struct RoundingTests {
  static let edges: [Int32] = [
    .min, .min + 1, -1 << 30, -65_537, -2, -1, 0, 1, 2, 32_767, 32_768, 1 << 30, .max - 1, .max,
  ]

  @Test("a high product rounds its exact value half up, at every pair of edges")
  func edges() {
    for a in Self.edges {
      for b in Self.edges {
        let exact = roundHalfUp(Int128(a) * Int128(b), shift: 32)
        #expect(multiplyHigh(a, b) == Int32(exact), "\(a) × \(b)")
      }
    }
  }

  @Test("a high product adds to its addend and wraps in 32 bits")
  func random() {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<100_000 {
      let a = Int32.random(in: .min ... .max, using: &generator)
      let b = Int32.random(in: .min ... .max, using: &generator)
      let addend = Int32.random(in: .min ... .max, using: &generator)
      let exact = Int128(addend) + roundHalfUp(Int128(a) * Int128(b), shift: 32)
      #expect(multiplyHigh(a, b, addingTo: addend) == Int32(truncatingIfNeeded: exact))
    }
  }

  @Test("a high product in four halves is that of all bits, at every edge of a half")
  func halves() {
    var values = Self.edges
    for high in [-32_768, -32_767, -1, 0, 1, 32_766, 32_767] as [Int32] {
      for low in [0, 1, 32_767, 32_768, 32_769, 65_534, 65_535] as [Int32] {
        values.append(high << 16 | low)
      }
    }
    var generator = SeededGenerator(seed: 2)
    for a in values {
      for b in values {
        let addend = Int32.random(in: .min ... .max, using: &generator)
        let exact = Int128(addend) + roundHalfUp(Int128(a) * Int128(b), shift: 32)
        #expect(gru_smmlar_halves(addend, a, b) == Int32(truncatingIfNeeded: exact), "\(a) × \(b)")
      }
    }
    for _ in 0..<100_000 {
      let a = Int32.random(in: .min ... .max, using: &generator)
      let b = Int32.random(in: .min ... .max, using: &generator)
      #expect(gru_smmlar_halves(0, a, b) == Int32(roundHalfUp(Int128(a) * Int128(b), shift: 32)))
    }
  }

  @Test("a shift to the right rounds half up", arguments: 1...30)
  func shift(count: Int32) {
    for value in Self.edges where value <= .max - (1 << (count - 1)) {
      let exact = roundHalfUp(Int128(value), shift: Int(count))
      #expect(roundedShiftRight(value, by: count) == Int32(exact), "\(value) >> \(count)")
    }
  }
}

@Suite("Q15") struct Q15Tests {
  @Test("saturation keeps every int16 and clips the rest, over ±3 × 2¹⁵")
  func saturation() {
    for raw in Int32(-98_304)...98_304 {
      #expect(Q15(saturating: raw).raw == Int16(clamping: raw))
    }
    #expect(Q15(saturating: .max).raw == .max)
    #expect(Q15(saturating: .min).raw == .min)
  }
}

@Suite("CRC-32") struct CRC32Tests {
  @Test("the check value of the catalogue: \"123456789\" gives CBF43926")
  func checkValue() {
    var crc = CRC32()
    for byte in "123456789".utf8 { crc.update(byte) }
    #expect(crc.value == 0xCBF4_3926)
  }

  @Test("an integer is fed least significant byte first")
  func order() {
    var bytes = CRC32()
    for byte: UInt8 in [0x78, 0x56, 0x34, 0x12] { bytes.update(byte) }
    var integer = CRC32()
    integer.update(0x1234_5678, bytes: 4)
    #expect(integer == bytes)
  }
}

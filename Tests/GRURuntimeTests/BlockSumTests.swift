import CGRU
import GRUHarness
import GRUQuantizer
import ModelFiles
import TestSupport
import Testing

/// Weights in blocks of 128 bits: `gru_simd.h`.
@Suite("Sums over blocks") struct BlockSumTests {
  /// Where a row's weight lies: the word that holds it, where even columns have the low half.
  private typealias Place = @Sendable (_ row: Int, _ column: Int) -> Int

  /// int16: two columns of four rows in a block.
  private static let ofFourRows: Place = { 4 * ($1 / 2) + $0 }
  /// int8: eight columns of a row in a block.
  private static let ofOneRow: Place = { 16 * ($1 / 8) + 4 * $0 + $1 % 8 / 2 }

  private func expected(
    _ weights: [UInt32], _ vector: ArraySlice<Int16>, _ place: Place
  ) -> [Int64] {
    (0..<4).map { row in
      vector.enumerated().reduce(0) { sum, element in
        let word = weights[place(row, element.offset)]
        let weight = Int16(truncatingIfNeeded: element.offset % 2 == 0 ? word : word >> 16)
        return sum + Int64(weight) * Int64(element.element)
      }
    }
  }

  private func word(_ low: Int16, _ high: Int16) -> UInt32 {
    UInt32(UInt16(bitPattern: low)) | UInt32(UInt16(bitPattern: high)) << 16
  }

  /// Sums over all columns but the last `outside`, which a sum must not see.
  private func check(_ weights: [UInt32], _ vector: [Int16], outside: Int = 0) {
    let columns = vector.count - outside
    vector.withUnsafeBufferPointer { memory in
      let start = memory.baseAddress!
      let short = gru_sum_columns32(weights, start, UInt32(columns))
      #expect(
        [short.row0, short.row1, short.row2, short.row3]
          == expected(weights, vector.prefix(columns), Self.ofOneRow)
          .map { Int32(truncatingIfNeeded: $0) })
      let even = columns & ~1
      let long = gru_sum_columns64(weights, start, start + even)
      #expect(
        [long.row0, long.row1, long.row2, long.row3]
          == expected(weights, vector.prefix(even), Self.ofFourRows))
    }
  }

  @Test("equal sums in wider integers, whatever the halfwords", arguments: 0...40)
  func halfwords(columns: Int) {
    var generator = SeededGenerator(seed: UInt64(columns))
    let ends: [Int16] = [.min, -32_767, -1, 0, 1, .max]
    for isExtreme in [false, true] {
      func halfword() -> Int16 {
        isExtreme
          ? ends.randomElement(using: &generator)! : .random(in: .min ... .max, using: &generator)
      }
      for _ in 0..<20 {
        check(
          (0..<16 * ((columns + 7) / 8)).map { _ in word(halfword(), halfword()) },
          (0..<columns + 8).map { _ in halfword() }, outside: 8)
      }
    }
  }

  @Test("int16 rows are scaled as in loops for any core", arguments: 0...40)
  func loops(columns: Int) {
    var generator = SeededGenerator(seed: UInt64(columns))
    for shift in UInt32(1)...31 {
      func halfword() -> Int16 {
        [.min, .max, .random(in: .min ... .max, using: &generator)].randomElement(
          using: &generator)!
      }
      func quad() -> gru_quad_t {
        func row() -> Int32 { .random(in: .min ... .max, using: &generator) }
        return gru_quad_t(row0: row(), row1: row(), row2: row(), row3: row())
      }
      let weights = (0..<2 * columns).map { _ in word(halfword(), halfword()) }
      let vector = (0..<columns).map { _ in halfword() }
      let (multipliers, addends) = (quad(), quad())
      typealias Add = (
        UnsafeMutablePointer<gru_constants_t>, UnsafePointer<gru_operand_t>,
        UnsafePointer<gru_quad_t>, UnsafeMutablePointer<gru_quad_t>, UInt32
      ) -> Void
      let results = [gru_add_int16 as Add, gru_add_int16_quads].map { add in
        var (addends, sums) = (addends, gru_quad_t())
        weights.withUnsafeBufferPointer { weights in
          vector.withUnsafeBufferPointer { vector in
            withUnsafePointer(to: multipliers) { multipliers in
              var constants = gru_constants_t(weights: weights.baseAddress, rows: multipliers)
              var operand = gru_operand(vector.baseAddress, UInt32(columns))
              add(&constants, &operand, &addends, &sums, shift)
              #expect(constants.weights == weights.baseAddress! + weights.count)
              #expect(constants.rows == multipliers + 1)
            }
          }
        }
        return [sums.row0, sums.row1, sums.row2, sums.row3]
      }
      #expect(results[0] == results[1])
    }
  }

  @Test("65,534 columns at an end of int16 stay exact")
  func longest() {
    for (weight, value) in [
      (Int16.min, Int16.min), (.min, .max), (.max, .min), (.max, .max), (1, -1), (-1, .max),
    ] {
      check(
        Array(repeating: word(weight, weight), count: 2 * 65_536),
        Array(repeating: value, count: 65_534))
    }
  }

  @Test(
    "full-scale weights and inputs of every odd size equal the wide reference",
    arguments: [1, 2, 3, 5, 7, 17], [WeightFormat.int8, .int16])
  func fullScale(hidden: Int, format: WeightFormat) throws {
    for inputs in 1...9 {
      var network = try quantizedNetwork(
        inputs: inputs, hidden: [hidden], widths: .init(all: format), seed: UInt64(inputs))
      var cell = network[cell: 0]
      var generator = SeededGenerator(seed: UInt64(hidden))
      func fill(_ matrix: inout QuantizedMatrix) {
        let limit = Int16(format.limit)
        matrix.weights = matrix.weights.map { _ in
          Bool.random(using: &generator) ? limit : -limit
        }
        // 17 · 2¹⁵ · 2¹⁵ = 2^34.1, in 32 bits.
        if format == .int16 { matrix.shift = max(matrix.shift, 4) }
      }
      for matrices in [\QuantizedCell.input, \.recurrent] {
        fill(&cell[keyPath: matrices].reset)
        fill(&cell[keyPath: matrices].update)
        fill(&cell[keyPath: matrices].candidate)
      }
      network[cell: 0] = cell
      var reference = WideReference(network)
      let steps: [[Int16]] = (0..<40).map { step in
        (0..<inputs).map { _ in
          step % 4 == 0 ? .min : Bool.random(using: &generator) ? .min : .max
        }
      }
      let expected = steps.map { reference.step(.vector($0)) }
      for layout in [WeightLayout.quads, .pairs, .wide] {
        let instance = try RuntimeInstance(RuntimeModel(network, layout: layout))
        let results = try steps.map { try instance.step($0).map { Int128($0) } }
        #expect(results == expected, "\(inputs) inputs, \(layout)")
      }
      for layout in format == .int8 ? [WeightLayout.quads, .pairs] : [.quads] {
        var laidOut = network.laidOut(as: layout)
        laidOut.name = "h\(hidden)_i\(inputs)_\(format)_\(layout)"
        try emitForDevices(
          laidOut, data(of: steps, network), steps: steps.count, into: "GRU_FULL_SCALE")
      }
    }
  }

  /// Real inputs that become these raw ones.
  private func data(of steps: [[Int16]], _ network: QuantizedNetwork) -> Sequences {
    let scales = network.inputScales
    let values = steps.flatMap { $0.map { Double($0) * Double(scales[0]) } }
    return Sequences(
      width: steps[0].count, sequences: [.init(values: values, steps: steps.count)])
  }
}

import FloatGRU
import ModelFiles

/// What an error of each weight does to its unit's state, through time.
///
/// A change δ of a row of gate g, over what the row reads, v = (x, h, 1), changes the unit's state
/// by f·δ, where f gathers at every step what the gate lets through and keeps what the update gate
/// keeps:
///
///     fₜ = zₜ · fₜ₋₁ + kₜ · vₜ
///
///     k = (1 − z) · φ′                        candidate
///     k = (h − n) · z·(1 − z)                 update gate
///     k = (1 − z) · φ′ · c · r·(1 − r)        reset gate, reset after; c = Un·h + cn
///
/// Under reset after the candidate reads r·h, r its own unit's; under reset before it reads r ⊙ h,
/// and a reset gate acts on every unit i that reads the gated state, which is taken as one:
///
///     k = h · r·(1 − r) · √Σ kᵢ²·Uᵢ²,   and z is the mean of zᵢ, weighed by kᵢ²·Uᵢ²
///
/// Exact for one unit alone; what units do to each other through U is left out. These are the
/// eligibility traces of e-prop: real-time recurrent learning without its off-diagonal part.
///
/// Source: Williams and Zipser 1989; Bellec et al. 2020.
struct CellTraces {
  fileprivate let recording: Recording
  fileprivate let cell: Recording.Cell
  private let vectors: Recording.Table
  private let gatedVectors: Recording.Table?
  fileprivate let resetsAfter: Bool
  private let input: Int
  fileprivate let hidden: Int
  /// k and what a trace keeps, steps × H.
  fileprivate let gains: Gates<[Float]>
  fileprivate let keeps: Gates<[Float]>

  /// Steps whose traces are in memory at once: few enough for the first cache.
  static let blockSize = 32

  init(_ layer: GRULayer, at index: Int, in recording: Recording) {
    self.recording = recording
    cell = recording.cells[index]!
    vectors = recording.vectors[index]
    input = vectors.width
    hidden = layer.hiddenSize
    resetsAfter = layer.reset == .after
    let (z, r, n) = (
      cell.gates.update.values, cell.gates.reset.values, cell.gates.candidate.values
    )
    let h = cell.before.values
    let slope: [Float] = n.map { layer.candidate == .relu ? ($0 > 0 ? 1 : 0) : 1 - $0 * $0 }
    let candidate = z.indices.map { (1 - z[$0]) * slope[$0] }
    let update = z.indices.map { (h[$0] - n[$0]) * z[$0] * (1 - z[$0]) }
    switch layer.reset {
    case .after:
      let c = cell.recurrentCandidate.values
      let reset = z.indices.map { candidate[$0] * c[$0] * r[$0] * (1 - r[$0]) }
      gains = Gates(reset: reset, update: update, candidate: candidate)
      keeps = Gates(reset: z, update: z, candidate: z)
      gatedVectors = nil
    case .before:
      let reach = Self.reach(of: layer.recurrent.candidate, candidate, z)
      let reset = z.indices.map { h[$0] * r[$0] * (1 - r[$0]) * reach.gain[$0] }
      gains = Gates(reset: reset, update: update, candidate: candidate)
      keeps = Gates(reset: reach.keep, update: z, candidate: z)
      gatedVectors = cell.before.times(cell.gates.reset)
    }
  }

  /// For each step and unit j: √Σ kᵢ²·Uᵢⱼ², and the mean of zᵢ weighed by its terms.
  private static func reach(
    of matrix: RealMatrix, _ gains: [Float], _ z: [Float]
  ) -> (gain: [Float], keep: [Float]) {
    let size = matrix.rows
    let squares = matrix.values.map { Float($0 * $0) }
    var (gain, keep) = ([Float](), [Float]())
    gain.reserveCapacity(gains.count)
    keep.reserveCapacity(gains.count)
    for start in stride(from: 0, to: gains.count, by: size) {
      var (power, kept) = (
        [Float](repeating: 0, count: size), [Float](repeating: 0, count: size)
      )
      for unit in 0..<size {
        let square = gains[start + unit] * gains[start + unit]
        let weighed = square * z[start + unit]
        for column in 0..<size {
          power[column] += square * squares[unit * size + column]
          kept[column] += weighed * squares[unit * size + column]
        }
      }
      gain += power.map { $0.squareRoot() }
      keep += zip(kept, power).map { $1 > 0 ? $0 / $1 : 0 }
    }
    return (gain, keep)
  }

  /// The columns of a gate's rows.
  func columns(of gate: GateIndex) -> RowColumns {
    RowColumns(
      input: input, recurrent: hidden, hasRecurrentBias: gate == .candidate && resetsAfter)
  }

  /// Σ f·fᵀ for one row.
  func gram(of gate: GateIndex, unit: Int) -> SymmetricMatrix {
    var gram = Gram(size: columns(of: gate).count)
    forEachBlock(of: gate, unit: unit) { traces, _, count in gram.add(traces, count: count) }
    return gram.matrix
  }

  /// Σ v·vᵀ of what all rows of a gate read, as if every error weighed the same and was forgotten
  /// at once. A reset gate inside the product weighs nothing either.
  func sharedGram(of gate: GateIndex) -> SymmetricMatrix {
    var gram = Gram(size: columns(of: gate).count)
    forEachBlock(of: gate, unit: nil) { traces, _, count in gram.add(traces, count: count) }
    return gram.matrix
  }

  /// Σ f·e, where `errors` has one value for each step: what the row would have to change to take
  /// the errors back.
  func projection(of gate: GateIndex, unit: Int, on errors: [Float]) -> [Double] {
    let size = columns(of: gate).count
    let stride = Gram.stride(of: size)
    var result = [Double](repeating: 0, count: size)
    forEachBlock(of: gate, unit: unit) { traces, first, count in
      for step in 0..<count {
        let error = Double(errors[first + step])
        for column in 0..<size { result[column] += error * Double(traces[step * stride + column]) }
      }
    }
    return result
  }

  /// Calls `body` with blocks of traces, each trace filled up to the stride of a `Gram`; without a
  /// unit, with what the rows read.
  private func forEachBlock(
    of gate: GateIndex, unit: Int?,
    _ body: (UnsafePointer<Float>, _ first: Int, _ count: Int) -> Void
  ) {
    let columns = columns(of: gate)
    let stride = Gram.stride(of: columns.count)
    // The first row is the trace before the block.
    let rows = UnsafeMutablePointer<Float>.allocate(capacity: (Self.blockSize + 1) * stride)
    rows.initialize(repeating: 0, count: (Self.blockSize + 1) * stride)
    defer { rows.deallocate() }
    let states = gate == .candidate ? gatedVectors ?? cell.before : cell.before
    let ofUnit = unit.map { Weights(self, gate, unit: $0) }
    var filled = 0
    for step in 0..<recording.steps {
      let row = rows + (filled + 1) * stride
      let last = row - stride
      let gain = ofUnit?.gains[step] ?? 1
      let keep = ofUnit?.keeps[step] ?? 0
      let reset = ofUnit?.resets[step] ?? 1
      add(vectors.values, at: step * input, gain, last, keep, to: row, count: input)
      add(
        states.values, at: step * hidden, gain * reset, last + input, keep, to: row + input,
        count: hidden)
      row[columns.bias] = keep * last[columns.bias] + gain
      if let column = columns.recurrentBias {
        row[column] = unit == nil ? 0 : keep * last[column] + gain * reset
      }
      filled += 1
      if filled == Self.blockSize || step == recording.steps - 1 {
        body(UnsafePointer(rows + stride), step + 1 - filled, filled)
        rows.update(from: rows + filled * stride, count: stride)
        filled = 0
      }
    }
  }
}

/// What weighs one unit's traces, step after step.
private struct Weights {
  /// k
  let gains: [Float]
  /// The share of the trace before; 0 at the start of a sequence.
  let keeps: [Float]
  /// What the unit's own reset gate leaves of the recurrent product; 1 where it is no part of it.
  let resets: [Float]

  init(_ traces: CellTraces, _ gate: GateIndex, unit: Int) {
    func column(_ values: [Float]) -> [Float] {
      stride(from: unit, to: values.count, by: traces.hidden).map { values[$0] }
    }
    gains = column(traces.gains[gate])
    var keeps = column(traces.keeps[gate])
    for start in traces.recording.starts { keeps[start] = 0 }
    self.keeps = keeps
    resets =
      gate == .candidate && traces.resetsAfter
      ? column(traces.cell.gates.reset.values) : Array(repeating: 1, count: gains.count)
  }
}

/// target = keep · last + gain · values[start…]
private func add(
  _ values: [Float], at start: Int, _ gain: Float, _ last: UnsafePointer<Float>, _ keep: Float,
  to target: UnsafeMutablePointer<Float>, count: Int
) {
  values.withUnsafeBufferPointer { values in
    for index in 0..<count {
      target[index] = keep * last[index] + gain * values[start + index]
    }
  }
}

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
  fileprivate let run: TracedRecording
  fileprivate let gains: CellGains
  /// What the cell reads and passes on.
  private let (inputs, states): (Recording.Table, Recording.Table)
  private let initialState: [Float]

  private var input: Int { inputs.width }
  fileprivate var hidden: Int { states.width }

  /// Steps whose traces are in memory at once: few enough for the first cache.
  static let blockSize = 32

  init(_ layer: GRULayer, at index: Int, in run: TracedRecording) {
    self.run = run
    gains = run.gains[index]!
    (inputs, states) = (run.recording.vectors[index], run.recording.vectors[index + 1])
    initialState = layer.initialState.map { Float($0) }
  }

  /// The columns of a gate's rows.
  func columns(of gate: GateIndex) -> RowColumns {
    RowColumns(
      input: input, recurrent: hidden, hasRecurrentBias: gate == .candidate && gains.resetsAfter)
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
    result.withUnsafeMutableBufferPointer { buffer in
      let result = buffer.baseAddress!
      forEachBlock(of: gate, unit: unit) { traces, first, count in
        for step in 0..<count {
          let (error, trace) = (Double(errors[first + step]), traces + step * stride)
          for column in 0..<size { result[column] += error * Double(trace[column]) }
        }
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
    let weights = unit.map { Weights(self, gate, unit: $0) } ?? Weights(steps: run.steps)
    let (gain, keep, reset) = (weights.gains.span, weights.keeps.span, weights.resets.span)
    let (read, before, gated) = (inputs.values.span, states.values.span, gains.gated.span)
    let (first, isStart) = (initialState.span, run.recording.isStart.span)
    let readsGated = gate == .candidate && !gains.resetsAfter
    // In what all rows read, one constant column is enough.
    let recurrentBias = unit == nil ? nil : columns.recurrentBias
    var filled = 0
    for step in 0..<run.steps {
      let row = rows + (filled + 1) * stride
      let last = row - stride
      add(
        read.extracting(step * input..<(step + 1) * input), gain[step], last, keep[step], to: row)
      func addState(_ values: Span<Float>) {
        add(values, gain[step] * reset[step], last + input, keep[step], to: row + input)
      }
      if readsGated {
        addState(gated.extracting(step * hidden..<(step + 1) * hidden))
      } else if isStart[step] {
        addState(first)
      } else {
        addState(before.extracting((step - 1) * hidden..<step * hidden))
      }
      row[columns.bias] = keep[step] * last[columns.bias] + gain[step]
      if let recurrentBias {
        row[recurrentBias] = keep[step] * last[recurrentBias] + gain[step] * reset[step]
      }
      filled += 1
      if filled == Self.blockSize || step == run.steps - 1 {
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

  /// All steps alike, and nothing of the trace before.
  init(steps: Int) {
    gains = Array(repeating: 1, count: steps)
    keeps = Array(repeating: 0, count: steps)
    resets = gains
  }

  init(_ traces: CellTraces, _ gate: GateIndex, unit: Int) {
    let (of, run) = (traces.gains, traces.run)
    func column(_ values: [Float]) -> [Float] {
      (0..<run.steps).map { values[$0 * traces.hidden + unit] }
    }
    gains = column(of.gains[gate])
    var keeps = column(gate == .reset && !of.resetsAfter ? of.resetKeeps : of.update)
    for step in 0..<run.steps where run.recording.isStart[step] { keeps[step] = 0 }
    self.keeps = keeps
    resets =
      gate == .candidate && of.resetsAfter
      ? column(of.reset) : Array(repeating: 1, count: run.steps)
  }
}

/// target = keep · last + gain · values
private func add(
  _ values: Span<Float>, _ gain: Float, _ last: UnsafePointer<Float>, _ keep: Float,
  to target: UnsafeMutablePointer<Float>
) {
  values.withUnsafeBufferPointer { values in
    for index in values.indices { target[index] = keep * last[index] + gain * values[index] }
  }
}

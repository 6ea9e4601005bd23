import CGRU
package import FixedPoint

/// A gated recurrent unit at one time step.
///
///     r = σ(Wr·x + Ur·h + br)                 reset gate
///     z = σ(Wz·x + Uz·h + bz)                 update gate
///     n = φ(Wn·x + bn + r ⊙ (Un·h + cn))      candidate, reset after
///     n = φ(Wn·x + bn + Un·(r ⊙ h))           candidate, reset before
///     h ← (1 − z) ⊙ n + z ⊙ h                 hidden state
///
/// φ is tanh or ReLU. Source: Cho et al. 2014 (reset before); cuDNN, PyTorch, Keras'
/// `reset_after` (reset after).
///
/// Four units at a time go through all of it, so that nothing but their next state is kept.
@safe
struct Cell<Kernel: MatrixKernel> {
  private let step: UnsafeMutablePointer<gru_cell_step_t>
  private let cell: UnsafePointer<gru_cell_t>
  private let hidden: UnsafeMutablePointer<Int16>
  private let hiddenSize: Int
  /// Of four units, see `Sum`.
  private let sums: UnsafeMutablePointer<gru_quad_t>

  @inline(__always)
  private init(
    _ step: UnsafeMutablePointer<gru_cell_step_t>, _ sums: UnsafeMutablePointer<gru_quad_t>
  ) {
    unsafe self.step = step
    unsafe self.sums = sums
    unsafe cell = step.pointee.cell.unsafelyUnwrapped
    unsafe hidden = UnsafeMutablePointer(
      mutating: step.pointee.hidden.vector.unsafelyUnwrapped)
    hiddenSize = unsafe Int(truncatingIfNeeded: step.pointee.hidden.columns)
  }

  /// Calls `body` with a cell whose sums lie on the stack.
  @inline(__always)
  static func withCell(
    _ step: UnsafeMutablePointer<gru_cell_step_t>, _ body: (Cell) -> Void
  ) {
    unsafe withUnsafeTemporaryAllocation(of: gru_quad_t.self, capacity: 4) { sums in
      unsafe body(Cell(step, sums.baseAddress.unsafelyUnwrapped))
    }
  }

  @inline(__always)
  private static func prepareOperands(_ step: UnsafeMutablePointer<gru_cell_step_t>) {
    unsafe Kernel.prepare(gru_cell_input(step).unsafelyUnwrapped)
    unsafe Kernel.prepare(gru_cell_hidden(step).unsafelyUnwrapped)
  }

  /// Advances the hidden state where the reset gate scales the recurrent product.
  @inline(__always)
  static func stepResetAfter(_ step: UnsafeMutablePointer<gru_cell_step_t>) {
    if unsafe Kernel.stepResetAfter(step) { return }
    unsafe prepareOperands(step)
    unsafe withCell(step) { cell in
      var unit = 0
      while unit < cell.hiddenSize {
        cell.sumAll()
        cell.blend(unit, isResetAfter: true)
        unit &+= 4
      }
      cell.takeNextState()
    }
  }

  /// Advances the hidden state where the reset gate scales the state that the recurrent product
  /// reads: r ⊙ h of all units comes first.
  @inline(__always)
  static func stepResetBefore(_ step: UnsafeMutablePointer<gru_cell_step_t>) {
    unsafe prepareOperands(step)
    unsafe withCell(step) { cell in
      let h = unsafe gru_cell_hidden(step).unsafelyUnwrapped
      var gated = unsafe cell.gateState()
      unsafe cell.sums[Sum.apart] = gru_quad_t()  // r · 0 is what the candidate gets
      var unit = 0
      while unit < cell.hiddenSize {
        unsafe cell.sumUpdateAndCandidate(h, &gated, isApart: false)
        cell.blend(unit, isResetAfter: false)
        unit &+= 4
      }
      cell.takeNextState()
    }
  }

  /// Calls `body` with every unit's gates at this step, and leaves the hidden state as it is.
  func forEachUnit(_ body: (UnitGates) -> Void) {
    let h = unsafe gru_cell_hidden(step).unsafelyUnwrapped
    let isResetAfter = unsafe cell.pointee.reset == GRU_RESET_AFTER
    var resets = unsafe step.pointee
    var gated = unsafe isResetAfter ? h.pointee : gateState()
    var unit = 0
    while unit < hiddenSize {
      if unit & 3 == 0 {
        if isResetAfter {
          unsafe sumReset(h)
          unsafe sumUpdateAndCandidate(h, h, isApart: true)
        } else {
          unsafe Cell(&resets, sums).sumReset(h)
          unsafe sumUpdateAndCandidate(h, &gated, isApart: false)
        }
      }
      unsafe body(gates(unit & 3, UnitSettings(cell), isResetAfter: isResetAfter))
      unit &+= 1
    }
  }
}

// MARK: Sums

/// Where four sums of each kind lie, in the order that the assembly of Armv7E-M pushes them.
private enum Sum {
  /// Un·h + cn, where the reset gate scales it.
  static let apart = 0
  static let candidate = 1
  static let update = 2
  static let reset = 3
}

extension Cell {
  /// All sums of the next four units under reset after.
  @inline(__always)
  private func sumAll() {
    if unsafe Kernel.sumGates(step, into: sums) { return }
    let h = unsafe gru_cell_hidden(step).unsafelyUnwrapped
    unsafe sumReset(h)
    unsafe sumUpdateAndCandidate(h, h, isApart: true)
  }

  /// Wr·x + Ur·h + br of the next four units, in Q(18 − s).
  @inline(__always)
  private func sumReset(_ h: UnsafePointer<gru_operand_t>) {
    addInput(0, into: Sum.reset)
    unsafe addRecurrent(1, h, into: Sum.reset)
  }

  /// Wz·x + Uz·h + bz, and Wn·x + bn with Un·v: added to it, or with cn apart.
  @inline(__always)
  private func sumUpdateAndCandidate(
    _ h: UnsafePointer<gru_operand_t>, _ v: UnsafePointer<gru_operand_t>, isApart: Bool
  ) {
    addInput(2, into: Sum.update)
    unsafe addRecurrent(3, h, into: Sum.update)
    addInput(4, into: Sum.candidate)
    if isApart {
      let bias = unsafe takeRows()
      unsafe add(5, v, to: bias, into: Sum.apart)
    } else {
      unsafe addRecurrent(5, v, into: Sum.candidate)
    }
  }

  /// W·x + b, where a token's product is an entry of a table.
  @inline(__always)
  private func addInput(_ matrix: Int, into sum: Int) {
    let bias = unsafe takeRows()
    if unsafe step.pointee.input.vector == nil {
      unsafe sums[sum] = gather(matrix, addedTo: bias.pointee)
    } else {
      unsafe add(matrix, gru_cell_input(step).unsafelyUnwrapped, to: bias, into: sum)
    }
  }

  @inline(__always)
  private func addRecurrent(_ matrix: Int, _ v: UnsafePointer<gru_operand_t>, into sum: Int) {
    unsafe add(matrix, v, to: sums + sum, into: sum)
  }

  @inline(__always)
  private func add(
    _ matrix: Int, _ operand: UnsafePointer<gru_operand_t>,
    to addends: UnsafePointer<gru_quad_t>, into sum: Int
  ) {
    unsafe Kernel.add(
      gru_cell_constants(step).unsafelyUnwrapped, operand, self.matrix(matrix), to: addends,
      into: sums + sum)
  }

  /// The next four biases.
  @inline(__always)
  private func takeRows() -> UnsafePointer<gru_quad_t> {
    let rows = unsafe step.pointee.constants.rows.unsafelyUnwrapped
    unsafe step.pointee.constants.rows = rows + 1
    return unsafe rows
  }

  /// The token's next four entries: no product at all.
  @inline(__always)
  private func gather(_ matrix: Int, addedTo bias: gru_quad_t) -> gru_quad_t {
    let entries = unsafe step.pointee.entries.unsafelyUnwrapped
    unsafe step.pointee.entries = entries + 4
    let shift = Int32(self.matrix(matrix).shift)
    return unsafe gru_quad_t(
      row0: bias.row0 &+ (Int32(entries[0]) &<< shift),
      row1: bias.row1 &+ (Int32(entries[1]) &<< shift),
      row2: bias.row2 &+ (Int32(entries[2]) &<< shift),
      row3: bias.row3 &+ (Int32(entries[3]) &<< shift))
  }

  @inline(__always)
  private func matrix(_ index: Int) -> gru_matrix_t {
    unsafe gru_cell_matrices(cell).unsafelyUnwrapped[index]
  }
}

// MARK: Units

/// One unit's gates, with the sums that led to them.
package struct UnitGates {
  package var resetSum: PreActivation
  package var updateSum: PreActivation
  package var candidateSum: PreActivation
  package var reset: Gate
  package var update: Gate
  package var candidate: Candidate
}

/// What all units of a cell share, read once a step.
private struct UnitSettings {
  let preActivationShift: UInt32
  let isRelu: Bool
  let stateExponent: Int32

  @inline(__always)
  init(_ cell: UnsafePointer<gru_cell_t>) {
    preActivationShift = unsafe UInt32(cell.pointee.preactivation_shift)
    isRelu = unsafe cell.pointee.candidate == GRU_ACTIVATION_RELU
    stateExponent = unsafe Int32(cell.pointee.state_exponent)
  }

  @inline(__always)
  func preActivation(_ sum: Int32) -> PreActivation {
    PreActivation(raw: gru_shift_left(sum, preActivationShift))
  }

  @inline(__always)
  func candidate(_ sum: PreActivation) -> Candidate {
    _slowPath(isRelu) ? relu(sum, stateExponent: stateExponent) : tanh(sum)
  }
}

extension Cell {
  /// The gates of one of the four units.
  @inline(__always)
  private func gates(_ place: Int, _ settings: UnitSettings, isResetAfter: Bool) -> UnitGates {
    let resetSum = settings.preActivation(sum(Sum.reset, of: place))
    let updateSum = settings.preActivation(sum(Sum.update, of: place))
    var candidateSum = settings.preActivation(sum(Sum.candidate, of: place))
    let reset = sigmoid(resetSum)
    if isResetAfter {
      // Proved below 2²⁹ in Q18, so two bits more fit; 2² · 2¹⁴ · 2¹⁶ (one) = 2³².
      let apart = settings.preActivation(sum(Sum.apart, of: place))
      candidateSum.raw = multiplyHigh(
        apart.raw &<< 2, reset.raw &<< 14, addingTo: candidateSum.raw)
    }
    return UnitGates(
      resetSum: resetSum, updateSum: updateSum, candidateSum: candidateSum, reset: reset,
      update: sigmoid(updateSum), candidate: settings.candidate(candidateSum))
  }

  /// The next state of up to four units from `first` on.
  @inline(__always)
  private func blend(_ first: Int, isResetAfter: Bool) {
    let count = min(4, hiddenSize &- first)
    if gru_has_dsp() {
      unsafe gru_blend(
        step, sums, UInt32(truncatingIfNeeded: first), UInt32(truncatingIfNeeded: count),
        tanhKnotTable)
    } else if gru_has_vectors(), count == 4, isPlain {
      unsafe gru_blend_lanes(
        sums, UInt32(cell.pointee.preactivation_shift), hidden + first,
        step.pointee.next.unsafelyUnwrapped + first, tanhKnotTable)
    } else {
      blendPortably(first, count, isResetAfter: isResetAfter)
    }
  }

  /// Whether the candidate is tanh, and no carry is kept.
  @inline(__always)
  private var isPlain: Bool {
    unsafe step.pointee.carry == nil && Int(cell.pointee.candidate) == Int(GRU_ACTIVATION_TANH)
  }

  /// Out of line, so that its values don't take stack while products are made.
  @inline(never)
  private func blendPortably(_ first: Int, _ count: Int, isResetAfter: Bool) {
    let settings = unsafe UnitSettings(cell)
    let next = unsafe step.pointee.next.unsafelyUnwrapped
    var index = 0
    while index < count {
      let unit = first &+ index
      let gates = gates(index, settings, isResetAfter: isResetAfter)
      var last = unsafe HiddenState(Q15(raw: hidden[unit]), carry: 0)
      if let carry = unsafe step.pointee.carry {
        last.raw = unsafe last.raw &+ Int32(carry[unit])
        let state = FixedPoint.blend(last, toward: gates.candidate, keeping: gates.update)
        unsafe next[unit] = state.hidden.raw
        unsafe carry[unit] = state.carry
      } else {
        let state = FixedPoint.blend(last, toward: gates.candidate, keeping: gates.update)
        unsafe next[unit] = state.hidden.raw
      }
      index &+= 1
    }
  }

  /// r ⊙ h, behind the next state in the scratch.
  @inline(__always)
  private func gateState() -> gru_operand_t {
    let gatedState = unsafe step.pointee.next.unsafelyUnwrapped + ((hiddenSize &+ 1) & ~1)
    let settings = unsafe UnitSettings(cell)
    var unit = 0
    while unit < hiddenSize {
      if unit & 3 == 0 { unsafe sumReset(gru_cell_hidden(step).unsafelyUnwrapped) }
      let reset = sigmoid(settings.preActivation(sum(Sum.reset, of: unit & 3)))
      unsafe gatedState[unit] = gated(Q15(raw: hidden[unit]), by: reset).raw
      unit &+= 1
    }
    var operand = unsafe gru_operand(gatedState, step.pointee.hidden.columns)
    unsafe Kernel.prepare(&operand)
    return unsafe operand
  }

  /// A sum of one of the four units.
  @inline(__always)
  private func sum(_ kind: Int, of place: Int) -> Int32 {
    let quad = unsafe UnsafeRawPointer(sums + kind).assumingMemoryBound(to: Int32.self)
    return unsafe quad[place]
  }

  /// Every unit reads the whole old state, so the new one gathers in the scratch first.
  @inline(__always)
  private func takeNextState() {
    let words = (hiddenSize &+ 1) &>> 1
    let old = unsafe UnsafeMutableRawPointer(hidden).assumingMemoryBound(to: UInt32.self)
    let new = unsafe UnsafeRawPointer(step.pointee.next.unsafelyUnwrapped)
      .assumingMemoryBound(to: UInt32.self)
    var index = 0
    while index < words {
      unsafe old[index] = new[index]
      index &+= 1
    }
  }
}

import CGRU
package import FixedPoint

/// What the first layer of a network reads at one step.
@safe
package enum StepInput {
  /// Values of the layer's input size.
  case vector(UnsafePointer<Int16>)
  /// An index below the layer's input size.
  case token(Int)
}

/// A gated recurrent unit.
///
///     r = σ(Wr·x + Ur·h + br)                 reset gate
///     z = σ(Wz·x + Uz·h + bz)                 update gate
///     n = φ(Wn·x + bn + r ⊙ (Un·h + cn))      candidate, reset after
///     n = φ(Wn·x + bn + Un·(r ⊙ h))           candidate, reset before
///     h ← (1 − z) ⊙ n + z ⊙ h                 hidden state
///
/// φ is tanh or ReLU. Source: Cho et al. 2014 (reset before); cuDNN, PyTorch, Keras'
/// `reset_after` (reset after).
@safe
package struct Cell {
  private let raw: UnsafePointer<gru_cell_t>
  /// W and U.
  private let input: GateMatrices
  private let recurrent: GateMatrices
  package let hiddenSize: Int

  @inline(__always)
  init(_ raw: UnsafePointer<gru_cell_t>, inputSize: Int, hiddenSize: Int) {
    unsafe self.raw = raw
    input = unsafe GateMatrices(gru_input_gates(raw).unsafelyUnwrapped, columns: inputSize)
    recurrent = unsafe GateMatrices(
      gru_recurrent_gates(raw).unsafelyUnwrapped, columns: hiddenSize)
    self.hiddenSize = hiddenSize
  }

  @inline(__always)
  package var resetsBefore: Bool { unsafe raw.pointee.reset == GRU_RESET_BEFORE }

  /// Advances the hidden state by one time step.
  ///
  /// Shapes: `hidden`, `carry` (absent where the cell keeps none) and `next` have `hiddenSize`
  /// values; `scratch` as many, under reset before. Every unit reads the whole old state, so the
  /// new one gathers in `next` first.
  @inline(__always)
  func step(
    _ x: StepInput, hidden: UnsafeMutablePointer<Int16>, carry: UnsafeMutablePointer<Int8>?,
    next: UnsafeMutablePointer<Int16>
  ) {
    let h = unsafe UnsafePointer(hidden)
    let gatedHidden = unsafe next + ((hiddenSize &+ 1) & ~1)
    if resetsBefore { unsafe gateAll(x, h, into: gatedHidden) }

    var index = 0
    while index < hiddenSize {
      let gates =
        if resetsBefore {
          unsafe unitResetBefore(index, x, h, gated: UnsafePointer(gatedHidden))
        } else {
          unsafe unitResetAfter(index, x, h)
        }
      let last = unsafe HiddenState(Q15(raw: hidden[index]), carry: carry?[index] ?? 0)
      let state = blend(last, toward: gates.candidate, keeping: gates.update)
      unsafe next[index] = state.hidden.raw
      if let carry = unsafe carry { unsafe carry[index] = state.carry }
      index &+= 1
    }
    index = 0
    while index < hiddenSize {
      unsafe hidden[index] = next[index]
      index &+= 1
    }
  }

  /// The hidden state before the first step, where the model has one that isn't zero.
  func loadInitialState(into hidden: UnsafeMutablePointer<Int16>) {
    guard let initial = unsafe raw.pointee.initial_state else { return }
    var index = 0
    while index < hiddenSize {
      unsafe hidden[index] = initial[index]
      index &+= 1
    }
  }
}

// MARK: One unit

extension Cell {
  /// One unit's gates, with the sums that led to them.
  package struct Unit {
    package var resetSum: PreActivation
    package var updateSum: PreActivation
    package var candidateSum: PreActivation
    package var reset: Gate
    package var update: Gate
    package var candidate: Candidate
  }

  /// Unit `index` where the reset gate scales the recurrent product.
  @inline(__always)
  package func unitResetAfter(_ index: Int, _ x: StepInput, _ h: UnsafePointer<Int16>) -> Unit {
    let resetSum = unsafe sum(index, x, input.reset, h, recurrent.reset, bias: 0)
    let updateSum = unsafe sum(index, x, input.update, h, recurrent.update, bias: 1)
    let reset = sigmoid(resetSum)

    let fromInput = accumulate(input.candidate, bias(index, 2), index, x) &<< shift
    var inReset = unsafe raw.pointee.recurrent_bias?[index] ?? 0
    inReset = unsafe recurrent.candidate.accumulate(inReset, row: index, h)
    // Proved below 2²⁹ in Q18, so two bits more fit; 2² · 2¹⁴ · 2¹⁶ (one) = 2³².
    let candidateSum = PreActivation(
      raw: multiplyHigh(inReset &<< (shift &+ 2), reset.raw &<< 14, addingTo: fromInput))

    return Unit(
      resetSum: resetSum, updateSum: updateSum, candidateSum: candidateSum, reset: reset,
      update: sigmoid(updateSum), candidate: candidate(candidateSum))
  }

  /// Unit `index` where the reset gate scales the state that the recurrent product reads:
  /// `gated` is r ⊙ h of all units.
  @inline(__always)
  package func unitResetBefore(
    _ index: Int, _ x: StepInput, _ h: UnsafePointer<Int16>, gated: UnsafePointer<Int16>
  ) -> Unit {
    let resetSum = unsafe resetSum(index, x, h)
    let updateSum = unsafe sum(index, x, input.update, h, recurrent.update, bias: 1)
    let candidateSum = unsafe sum(index, x, input.candidate, gated, recurrent.candidate, bias: 2)
    return Unit(
      resetSum: resetSum, updateSum: updateSum, candidateSum: candidateSum,
      reset: sigmoid(resetSum), update: sigmoid(updateSum), candidate: candidate(candidateSum))
  }

  /// r ⊙ h of all units.
  package func gateAll(
    _ x: StepInput, _ h: UnsafePointer<Int16>, into gatedHidden: UnsafeMutablePointer<Int16>
  ) {
    var index = 0
    while index < hiddenSize {
      let reset = unsafe sigmoid(resetSum(index, x, h))
      unsafe gatedHidden[index] = gated(Q15(raw: h[index]), by: reset).raw
      index &+= 1
    }
  }

  @inline(__always)
  private func resetSum(_ index: Int, _ x: StepInput, _ h: UnsafePointer<Int16>) -> PreActivation {
    unsafe sum(index, x, input.reset, h, recurrent.reset, bias: 0)
  }

  /// W·x + U·v + b of one gate.
  @inline(__always)
  private func sum(
    _ index: Int, _ x: StepInput, _ w: Matrix, _ v: UnsafePointer<Int16>, _ u: Matrix,
    bias gate: Int
  ) -> PreActivation {
    let fromInput = accumulate(w, bias(index, gate), index, x)
    return unsafe PreActivation(raw: u.accumulate(fromInput, row: index, v) &<< shift)
  }

  /// Adds a row's share of the input.
  @inline(__always)
  private func accumulate(_ matrix: Matrix, _ sum: Int32, _ index: Int, _ x: StepInput) -> Int32 {
    switch x {
    case .vector(let vector): unsafe matrix.accumulate(sum, row: index, vector)
    case .token(let token): matrix.gather(sum, row: index, token: token, rows: hiddenSize)
    }
  }

  @inline(__always)
  private func bias(_ index: Int, _ gate: Int) -> Int32 {
    unsafe raw.pointee.bias.unsafelyUnwrapped[gate &* hiddenSize &+ index]
  }

  @inline(__always)
  private var shift: Int32 { unsafe Int32(raw.pointee.preactivation_shift) }

  @inline(__always)
  private func candidate(_ sum: PreActivation) -> Candidate {
    unsafe raw.pointee.candidate == GRU_ACTIVATION_RELU
      ? relu(sum, stateExponent: Int32(raw.pointee.state_exponent)) : tanh(sum)
  }
}

/// The three matrices on one side of a cell.
@safe
private struct GateMatrices {
  let reset: Matrix
  let update: Matrix
  let candidate: Matrix

  @inline(__always)
  init(_ raw: UnsafePointer<gru_gates_t>, columns: Int) {
    reset = unsafe Matrix(gru_reset_matrix(raw).unsafelyUnwrapped, columns: columns)
    update = unsafe Matrix(gru_update_matrix(raw).unsafelyUnwrapped, columns: columns)
    candidate = unsafe Matrix(gru_candidate_matrix(raw).unsafelyUnwrapped, columns: columns)
  }
}

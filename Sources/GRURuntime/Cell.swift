package import CGRU
package import FixedPoint

/// A gated recurrent unit whose reset gate acts after the recurrent product.
///
///     r = σ(Wr·x + Ur·h + br)                reset gate
///     z = σ(Wz·x + Uz·h + bz)                update gate
///     n = tanh(Wn·x + bn + r ⊙ (Un·h + cn))  candidate
///     h ← (1 − z) ⊙ n + z ⊙ h                hidden state
///
/// Source: Cho et al. 2014, in the form of cuDNN, PyTorch and Keras' `reset_after`.
@safe
package struct Cell {
  private let raw: UnsafePointer<gru_cell_t>
  /// W and U.
  private let input: GateMatrices
  private let recurrent: GateMatrices
  package let hiddenSize: Int

  @inline(__always)
  package init(_ raw: UnsafePointer<gru_cell_t>, inputSize: Int, hiddenSize: Int) {
    unsafe self.raw = raw
    input = unsafe GateMatrices(gru_input_gates(raw).unsafelyUnwrapped, columns: inputSize)
    recurrent = unsafe GateMatrices(gru_recurrent_gates(raw).unsafelyUnwrapped, columns: hiddenSize)
    self.hiddenSize = hiddenSize
  }

  /// One unit's gates, with the sums that led to them.
  package struct Unit {
    package var resetSum: PreActivation
    package var updateSum: PreActivation
    package var candidateSum: PreActivation
    package var reset: Gate
    package var update: Gate
    package var candidate: Candidate
  }

  /// The gates of unit `index`.
  ///
  /// Shapes: `input` has `inputSize` values, `hidden` the `hiddenSize` values of the last step.
  @inline(__always)
  package func unit(
    _ index: Int, input: UnsafePointer<Int16>, hidden: UnsafePointer<Int16>
  ) -> Unit {
    let shift = unsafe Int32(raw.pointee.preactivation_shift)
    let bias = unsafe raw.pointee.bias.unsafelyUnwrapped

    var sum = unsafe bias[index]
    sum = unsafe self.input.reset.accumulate(sum, row: index, input)
    sum = unsafe recurrent.reset.accumulate(sum, row: index, hidden)
    let resetSum = PreActivation(raw: sum &<< shift)
    let reset = sigmoid(resetSum)

    sum = unsafe bias[hiddenSize &+ index]
    sum = unsafe self.input.update.accumulate(sum, row: index, input)
    sum = unsafe recurrent.update.accumulate(sum, row: index, hidden)
    let updateSum = PreActivation(raw: sum &<< shift)

    sum = unsafe bias[2 &* hiddenSize &+ index]
    sum = unsafe self.input.candidate.accumulate(sum, row: index, input)
    var inReset = unsafe raw.pointee.recurrent_bias?[index] ?? 0
    inReset = unsafe recurrent.candidate.accumulate(inReset, row: index, hidden)
    // Proved below 2²⁹ in Q18, so two bits more fit; 2² · 2¹⁴ · 2¹⁶ (one) = 2³².
    let candidateSum = PreActivation(
      raw: multiplyHigh(
        inReset &<< (shift &+ 2), reset.raw &<< 14, addingTo: sum &<< shift))

    return Unit(
      resetSum: resetSum, updateSum: updateSum, candidateSum: candidateSum,
      reset: reset, update: sigmoid(updateSum), candidate: tanh(candidateSum))
  }

  /// Advances the hidden state by one time step.
  ///
  /// Shapes: `hidden`, `carry` (absent where the cell keeps none) and `next` have `hiddenSize`
  /// values. Every unit reads the whole old state, so the new one gathers in `next` first.
  @inline(__always)
  func step(
    input: UnsafePointer<Int16>, hidden: UnsafeMutablePointer<Int16>,
    carry: UnsafeMutablePointer<Int8>?, next: UnsafeMutablePointer<Int16>
  ) {
    var index = 0
    while index < hiddenSize {
      let gates = unsafe unit(index, input: input, hidden: UnsafePointer(hidden))
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

import CGRU
import FixedPoint

/// An affine map and an activation at one time step: y = φ(A·x + b).
@safe
struct Dense<Kernel: MatrixKernel> {
  private let step: UnsafeMutablePointer<gru_dense_step_t>
  private let dense: UnsafePointer<gru_dense_t>

  /// Exactly one of the results is set.
  ///
  /// - Parameters:
  ///   - output: of the last layer: Q18, logits where it ends in softmax.
  ///   - next: what another layer reads: real = raw × 2^(`output_exponent` − 15), saturated.
  @inline(__always)
  static func apply(
    _ layer: gru_layer_t, _ input: UnsafePointer<Int16>?, _ output: UnsafeMutablePointer<Int32>?,
    _ next: UnsafeMutablePointer<Int16>?
  ) {
    let dense = unsafe layer.dense.unsafelyUnwrapped
    unsafe withUnsafeTemporaryAllocation(of: gru_dense_step_t.self, capacity: 1) { memory in
      let step = unsafe memory.baseAddress.unsafelyUnwrapped
      unsafe step.pointee.dense = dense
      unsafe step.pointee.constants = gru_constants(dense.pointee.weights, dense.pointee.rows)
      unsafe step.pointee.input = gru_operand(input, UInt32(layer.input_size))
      unsafe Kernel.prepare(gru_dense_input(step).unsafelyUnwrapped)
      unsafe Dense(step: step, dense: dense).apply(output, next, count: Int(layer.output_size))
    }
  }

  @inline(__always)
  private func apply(
    _ output: UnsafeMutablePointer<Int32>?, _ next: UnsafeMutablePointer<Int16>?, count: Int
  ) {
    let sums = unsafe UnsafeRawPointer(gru_dense_sums(step).unsafelyUnwrapped)
      .assumingMemoryBound(to: Int32.self)
    let shift = unsafe UInt32(dense.pointee.preactivation_shift)
    var row = 0
    while row < count {
      if row & 3 == 0 { sumFourRows() }
      let value = unsafe activated(PreActivation(raw: gru_shift_left(sums[row & 3], shift)))
      if let output = unsafe output {
        unsafe output[row] = value
      } else if let next = unsafe next {
        unsafe next[row] = narrowed(value).raw
      }
      row &+= 1
    }
  }

  /// A·x + b of the next four rows.
  @inline(__always)
  private func sumFourRows() {
    let bias = unsafe step.pointee.constants.rows.unsafelyUnwrapped
    unsafe step.pointee.constants.rows = bias + 1
    unsafe Kernel.add(
      gru_dense_constants(step).unsafelyUnwrapped, gru_dense_input(step).unsafelyUnwrapped,
      dense.pointee.matrix, to: bias, into: gru_dense_sums(step).unsafelyUnwrapped)
  }

  @inline(__always)
  private func narrowed(_ value: Int32) -> Q15 {
    // From 18 fraction bits to 15 − exponent; the quantizer keeps the exponent above −3.
    let shift = unsafe 3 &+ Int32(dense.pointee.output_exponent)
    // The half that the rounding adds must not overflow.
    let largest = Int32.max &- (1 &<< (shift &- 1))
    return Q15(saturating: roundedShiftRight(min(value, largest), by: shift))
  }

  /// Q18.
  @inline(__always)
  private func activated(_ x: PreActivation) -> Int32 {
    switch unsafe Int(dense.pointee.activation) {
    case Int(GRU_ACTIVATION_RELU): max(0, x.raw)
    case Int(GRU_ACTIVATION_TANH): tanh(x).raw &>> 5  // a multiple of 2⁻¹⁶: exact
    case Int(GRU_ACTIVATION_SIGMOID): sigmoid(x).raw &<< 2
    default: x.raw
    }
  }
}

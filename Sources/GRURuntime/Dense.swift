import CGRU
import FixedPoint

/// An affine map and an activation: y = φ(A·x + b).
@safe
struct Dense {
  private let raw: UnsafePointer<gru_dense_t>
  private let inputSize: Int
  private let outputSize: Int

  @inline(__always)
  init(_ raw: UnsafePointer<gru_dense_t>, inputSize: Int, outputSize: Int) {
    unsafe self.raw = raw
    self.inputSize = inputSize
    self.outputSize = outputSize
  }

  /// The result of a network's last layer, Q18; logits where it ends in softmax.
  ///
  /// Shapes: `input` has `inputSize` values, `output` `outputSize` places.
  @inline(__always)
  func apply(_ input: UnsafePointer<Int16>, output: UnsafeMutablePointer<Int32>) {
    var row = 0
    while row < outputSize {
      unsafe output[row] = activated(sum(row, input))
      row &+= 1
    }
  }

  /// The result that another layer reads: real = raw × 2^(`output_exponent` − 15), saturated.
  @inline(__always)
  func apply(_ input: UnsafePointer<Int16>, next: UnsafeMutablePointer<Int16>) {
    // From 18 fraction bits to 15 − exponent; the quantizer keeps the exponent above −3.
    let shift = unsafe 3 &+ Int32(raw.pointee.output_exponent)
    // The half that the rounding adds must not overflow.
    let largest = Int32.max &- (1 &<< (shift &- 1))
    var row = 0
    while row < outputSize {
      let value = unsafe min(activated(sum(row, input)), largest)
      unsafe next[row] = Q15(saturating: roundedShiftRight(value, by: shift)).raw
      row &+= 1
    }
  }

  @inline(__always)
  private func sum(_ row: Int, _ input: UnsafePointer<Int16>) -> PreActivation {
    let matrix = unsafe Matrix(gru_dense_matrix(raw).unsafelyUnwrapped, columns: inputSize)
    let bias = unsafe raw.pointee.bias.unsafelyUnwrapped[row]
    let shift = unsafe Int32(raw.pointee.preactivation_shift)
    return unsafe PreActivation(raw: matrix.accumulate(bias, row: row, input) &<< shift)
  }

  /// Q18.
  @inline(__always)
  private func activated(_ x: PreActivation) -> Int32 {
    switch unsafe Int(raw.pointee.activation) {
    case Int(GRU_ACTIVATION_RELU): max(0, x.raw)
    case Int(GRU_ACTIVATION_TANH): tanh(x).raw &>> 5  // a multiple of 2⁻¹⁶: exact
    case Int(GRU_ACTIVATION_SIGMOID): sigmoid(x).raw &<< 2
    default: x.raw
    }
  }
}

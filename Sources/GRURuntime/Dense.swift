import CGRU

/// The affine map at the end of a network: y = A·x + b, Q18.
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

  /// Shapes: `input` has `inputSize` values, `output` `outputSize` places.
  @inline(__always)
  func apply(_ input: UnsafePointer<Int16>, output: UnsafeMutablePointer<Int32>) {
    let matrix = unsafe Matrix(gru_dense_matrix(raw).unsafelyUnwrapped, columns: inputSize)
    let bias = unsafe raw.pointee.bias.unsafelyUnwrapped
    let shift = unsafe Int32(raw.pointee.preactivation_shift)
    var row = 0
    while row < outputSize {
      let sum = unsafe matrix.accumulate(bias[row], row: row, input)
      unsafe output[row] = sum &<< shift
      row &+= 1
    }
  }
}

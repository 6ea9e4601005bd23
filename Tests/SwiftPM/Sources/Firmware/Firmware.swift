import FixedPoint
import GRURuntime
import Model
import Startup

/// Replays golden vectors, and prints the CRC-32 of the trajectory.
@main
struct Firmware {
  nonisolated(unsafe) private static var state = kws_state_t()
  nonisolated(unsafe) private static var scratch = kws_scratch_t()

  static func main() {
    do throws(GRUError) {
      let crc = try unsafe withUnsafeMutableBytes(of: &state) { state throws(GRUError) in
        try unsafe withUnsafeMutableBytes(of: &scratch) { scratch throws(GRUError) in
          try unsafe replay(GRU(GRUModel(kws_model), state: state, scratch: scratch))
        }
      }
      show(crc)
      leave(0)
    } catch {
      leave(1)
    }
  }

  private static func replay(_ gru: GRU) throws(GRUError) -> UInt32 {
    try gru.model.verify()
    let vectors = unsafe kws_vectors
    var trajectory = CRC32()
    let width = gru.model.inputSize
    var step = 0
    var output = InlineArray<9, Int32>(repeating: 0)
    for sequence in unsafe 0..<Int(vectors.sequence_count) {
      gru.reset()
      for _ in unsafe 0..<vectors.sequence_lengths[sequence] {
        var span = output.mutableSpan
        let input = unsafe Span(_unsafeStart: vectors.inputs + step &* width, count: width)
        try gru.step(input, output: &span)
        step &+= 1
        gru.forEachHidden { trajectory.update(UInt32(UInt16(bitPattern: $0)), bytes: 2) }
      }
    }
    return trajectory.value
  }

  /// Prints eight hexadecimal digits and a line break.
  private static func show(_ value: UInt32) {
    var text = InlineArray<10, CChar>(repeating: 0)
    for digit in 0..<8 {
      let nibble = CChar(truncatingIfNeeded: (value >> (28 - 4 * digit)) & 15)
      text[digit] = nibble < 10 ? 48 + nibble : 55 + nibble
    }
    text[8] = 10
    unsafe text.span.withUnsafeBufferPointer { unsafe Startup.show($0.baseAddress!) }
  }
}

import Board
import CGRU
import GRURuntime
import Printing
import ReplayModels
import Startup

/// Replays golden vectors and compares every hidden state and output with the host's, to the bit.
@main
struct Replay {
  static func main() {
    var isEqual = true
    var all = Replayed()
    var index: UInt32 = 0
    while let entry = unsafe replay_case(index) {
      unsafe Console.write(cString: entry.pointee.name)
      Console.write(": ")
      do throws(GRUError) {
        if try unsafe !replay(entry.pointee, &all) { isEqual = false }
      } catch {
        Console.write("refused with status ")
        Console.write(decimal: error.rawValue)
        isEqual = false
      }
      Console.write("\n")
      index &+= 1
    }
    if index > 1 { summarize(index, all, isEqual) }
    machine_exit(isEqual ? 0 : 1)
  }

  /// One checksum for all networks, which boards can be compared by.
  static func summarize(_ networks: UInt32, _ all: Replayed, _ isEqual: Bool) {
    Console.write("all ")
    Console.write(decimal: networks)
    Console.write(isEqual ? " networks equal: " : " networks, not equal: ")
    all.print(" steps")
    Console.write("\n")
  }

  /// Steps one network through its vectors; false at the first difference.
  static func replay(
    _ entry: replay_case_t, _ all: inout Replayed
  ) throws(GRUError) -> Bool {
    let vectors = unsafe entry.vectors.pointee
    let model = try unsafe GRUModel(entry.model.pointee)
    try model.verify()
    guard unsafe entry.model.pointee.crc32 == vectors.model_crc32 else { throw .checksum }
    let gru = try unsafe GRU(
      model,
      state: UnsafeMutableRawBufferPointer(start: entry.state, count: model.stateSize),
      scratch: UnsafeMutableRawBufferPointer(start: entry.scratch, count: model.scratchSize))

    var own = Replayed()
    var step = 0
    for sequence in unsafe 0..<Int(vectors.sequence_count) {
      gru.reset()
      for _ in unsafe 0..<vectors.sequence_lengths[sequence] {
        stack_paint()
        try unsafe advance(gru, entry, vectors, step)
        let stack = stack_used()
        own.note(gru, stack)
        all.note(gru, stack)
        guard unsafe isEqual(gru, entry, vectors, step) else {
          Console.write("differs at step ")
          Console.write(decimal: UInt32(truncatingIfNeeded: step))
          return false
        }
        step &+= 1
      }
    }
    own.print(" steps equal")
    return true
  }

  @inline(never)
  static func advance(
    _ gru: GRU, _ entry: replay_case_t, _ vectors: gru_vectors_t, _ step: Int
  ) throws(GRUError) {
    var output = unsafe MutableSpan(_unsafeStart: entry.output, count: gru.model.outputSize)
    if gru.model.readsTokens {
      let token = unsafe Int(UInt16(bitPattern: vectors.inputs[step]))
      try gru.step(token: token, output: &output)
    } else {
      let width = gru.model.inputSize
      let input = unsafe Span(_unsafeStart: vectors.inputs + step &* width, count: width)
      try gru.step(input, output: &output)
    }
  }

  static func isEqual(
    _ gru: GRU, _ entry: replay_case_t, _ vectors: gru_vectors_t, _ step: Int
  ) -> Bool {
    let width = unsafe Int(vectors.hidden_size)
    let expected = unsafe vectors.hidden + step &* width
    var unit = 0
    var isEqual = true
    gru.forEachHidden { value in
      if unsafe value != expected[unit] { isEqual = false }
      unit &+= 1
    }
    let outputs = unsafe Int(vectors.output_size)
    var index = 0
    while index < outputs {
      if unsafe entry.output[index] != vectors.outputs[step &* outputs &+ index] { isEqual = false }
      index &+= 1
    }
    return isEqual && unit == width
  }
}

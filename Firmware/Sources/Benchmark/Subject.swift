import BenchmarkModel
import CGRU
import GRURuntime

/// The network that is measured, opened on its memory.
@safe
struct Subject {
  private let gru: GRU
  private let input: UnsafeMutablePointer<Int16>
  private let output: UnsafeMutablePointer<Int32>

  init(_ measured: benchmark_model_t) throws(GRUError) {
    let model = try unsafe GRUModel(measured.model.pointee)
    gru = try unsafe GRU(
      model,
      state: UnsafeMutableRawBufferPointer(start: measured.state, count: model.stateSize),
      scratch: UnsafeMutableRawBufferPointer(start: measured.scratch, count: model.scratchSize))
    unsafe input = measured.input
    unsafe output = measured.output
  }

  /// Any int16 for each feature; any token where the network reads one.
  @inline(never)
  func fillInput(from random: inout Random) {
    let model = gru.model
    guard !model.readsTokens else {
      let token = random.next() &* UInt32(truncatingIfNeeded: model.inputSize) &>> 16
      unsafe input[0] = Int16(truncatingIfNeeded: token)
      return
    }
    var index = 0
    while index < model.inputSize {
      unsafe input[index] = Int16(truncatingIfNeeded: random.next())
      index &+= 1
    }
  }

  /// One step, with the checks of its arguments; nothing of it can fail here.
  @inline(never)
  func step() {
    var output = unsafe MutableSpan(_unsafeStart: output, count: gru.model.outputSize)
    if gru.model.readsTokens {
      let token = unsafe Int(UInt16(bitPattern: input[0]))
      try? gru.step(token: token, output: &output)
    } else {
      let input = unsafe Span(_unsafeStart: input, count: gru.model.inputSize)
      try? gru.step(input, output: &output)
    }
  }
}

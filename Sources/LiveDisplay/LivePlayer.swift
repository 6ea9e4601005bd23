public import CGRU
public import GRURuntime

/// Plays a recording to a network, step after step, and writes what it recognises as text.
///
/// Host and device run this same code: their texts can differ only by what they computed.
@safe
public struct LivePlayer {
  let gru: GRU
  let recording: gru_recording_t
  private let output: UnsafeMutablePointer<Int32>
  private let probabilities: UnsafeMutablePointer<UInt16>

  /// - Parameters:
  ///   - output: `outputSize` places, which must outlive the player, for the network's logits.
  ///   - probabilities: as many.
  /// - Throws: `checksum`, if the recording is that of another model; `inputCount`, `outputCount` or
  ///   `shape`, if its sizes aren't the model's.
  public init(
    _ gru: GRU, _ recording: gru_recording_t, output: UnsafeMutablePointer<Int32>,
    probabilities: UnsafeMutablePointer<UInt16>
  ) throws(GRUError) {
    let model = gru.model
    guard unsafe recording.model_crc32 == model.raw.crc32 else { throw .checksum }
    guard unsafe Int(recording.input_size) == model.inputCount else { throw .inputCount }
    guard unsafe Int(recording.class_count) == model.outputSize else { throw .outputCount }
    let feedsItself = unsafe recording.free_steps > 0
    guard unsafe recording.steps > 0, unsafe recording.rate > 0,
      !feedsItself || (model.readsTokens && model.inputSize == model.outputSize)
    else { throw .shape }
    self.gru = gru
    unsafe self.recording = recording
    unsafe self.output = output
    unsafe self.probabilities = probabilities
  }

  /// Plays the recording from its start: to a network that goes on by itself as a recital, else as
  /// a line a second.
  public func play(_ write: (UInt8) -> Void) throws(GRUError) {
    gru.reset()
    if unsafe recording.free_steps > 0 {
      try recite(write)
    } else {
      try follow(write)
    }
  }

  /// Feeds one step of the recording; the likeliest class.
  @discardableResult
  public func step(at index: UInt32) throws(GRUError) -> Int {
    let width = gru.model.inputSize
    guard !gru.model.readsTokens else { return try step(token: token(at: index)) }
    var output = unsafe MutableSpan(_unsafeStart: output, count: gru.model.outputSize)
    let start = unsafe recording.inputs + Int(truncatingIfNeeded: index) &* width
    try gru.step(unsafe Span(_unsafeStart: start, count: width), output: &output)
    return argmax(output.span)
  }

  /// Feeds a token; the likeliest class.
  func step(token: Int) throws(GRUError) -> Int {
    var output = unsafe MutableSpan(_unsafeStart: output, count: gru.model.outputSize)
    try gru.step(token: token, output: &output)
    return argmax(output.span)
  }

  func token(at index: UInt32) -> Int {
    unsafe Int(UInt16(bitPattern: recording.inputs[Int(truncatingIfNeeded: index)]))
  }

  /// The probability of a class after the last step, Q15.
  func probability(of index: Int) -> UInt32 {
    let count = gru.model.outputSize
    let logits = unsafe Span(_unsafeStart: output, count: count)
    var shares = unsafe MutableSpan(_unsafeStart: probabilities, count: count)
    softmax(logits, probabilities: &shares)
    return UInt32(shares[index])
  }

  /// The name of a class.
  func name(of index: Int) -> Text { unsafe Text(recording.classes[index].unsafelyUnwrapped) }
}

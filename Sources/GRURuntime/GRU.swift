import CGRU

/// An open network: a checked model with the caller's memory for its state.
///
/// Copies of it share that memory. Two instances never touch each other's state; instances that
/// are stepped in turn may share one scratch.
@safe
public struct GRU {
  public let model: GRUModel
  let state: UnsafeMutableRawPointer
  private let scratch: UnsafeMutableRawPointer

  /// Opens a model on the caller's memory and resets the state.
  ///
  /// The memory must outlive the instance. Any content of `state` that was saved from the same
  /// model, or any other bit pattern, is a legal state.
  ///
  /// - Throws: `stateSize`, `scratchSize` or `alignment` (four bytes), if the memory doesn't serve.
  public init(
    _ model: GRUModel, state: UnsafeMutableRawBufferPointer, scratch: UnsafeMutableRawBufferPointer
  ) throws(GRUError) {
    guard let stateAddress = state.baseAddress, let scratchAddress = scratch.baseAddress else {
      throw .nullPointer
    }
    guard state.count >= model.stateSize else { throw .stateSize }
    guard scratch.count >= model.scratchSize else { throw .scratchSize }
    try unsafe check(stateAddress, alignedTo: 4)
    try unsafe check(scratchAddress, alignedTo: 4)
    unsafe self.init(opened: model, state: stateAddress, scratch: scratchAddress)
    reset()
  }

  /// An instance whose model and memory `init(_:state:scratch:)` has let pass before.
  @inline(__always)
  init(
    opened model: GRUModel, state: UnsafeMutableRawPointer, scratch: UnsafeMutableRawPointer
  ) {
    self.model = model
    unsafe self.state = state
    unsafe self.scratch = scratch
  }

  /// Sets the state to what it is before the first step of a sequence: every byte of the state
  /// memory that no cell's initial state fills becomes zero.
  public func reset() {
    var offset = 0
    while offset < model.stateSize {
      unsafe state.storeBytes(of: 0, toByteOffset: offset, as: UInt32.self)
      offset &+= 4
    }
    var memory = unsafe state
    var index = 0
    while index < model.layerCount {
      let layer = unsafe model.layers.first + index
      if let cell = unsafe layer.pointee.cell {
        let (hidden, _) = unsafe takeState(of: layer, from: &memory)
        var unit = 0
        while let initial = unsafe cell.pointee.initial_state,
          unsafe unit < Int(layer.pointee.output_size)
        {
          unsafe hidden[unit] = initial[unit]
          unit &+= 1
        }
      }
      index &+= 1
    }
  }

  /// Calls `body` with each hidden state: layer by layer, unit by unit.
  public func forEachHidden(_ body: (Int16) -> Void) {
    var layer = 0
    while layer < model.layerCount {
      if let hidden = unsafe hidden(ofLayer: layer) {
        var unit = 0
        while unsafe unit < Int(model.layer(layer).output_size) {
          unsafe body(hidden[unit])
          unit &+= 1
        }
      }
      layer &+= 1
    }
  }

  /// Advances by one time step.
  ///
  /// - Parameters:
  ///   - input: `inputSize` values; real = input scale × raw + input offset.
  ///   - output: `outputSize` places, Q18: the dense layer's result (logits where it ends in
  ///     softmax) or the last cell's hidden state.
  /// - Throws: `inputCount` or `outputCount`; nothing else can fail, and then nothing is written.
  @inline(__always)
  public func step(_ input: Span<Int16>, output: inout MutableSpan<Int32>) throws(GRUError) {
    guard output.count == model.outputSize else { throw .outputCount }
    guard !model.readsTokens, input.count == model.inputSize else { throw .inputCount }
    unsafe input.withUnsafeBufferPointer { input in
      unsafe output.withUnsafeMutableBufferPointer { output in
        unsafe step(.vector(input.baseAddress.unsafelyUnwrapped), output: output.baseAddress)
      }
    }
  }

  /// Advances by one time step of a network that reads tokens.
  ///
  /// - Throws: `token`, if it is not below `inputSize` or the network reads vectors; `outputCount`.
  @inline(__always)
  public func step(token: Int, output: inout MutableSpan<Int32>) throws(GRUError) {
    guard output.count == model.outputSize else { throw .outputCount }
    guard model.readsTokens, token >= 0, token < model.inputSize else { throw .token }
    unsafe output.withUnsafeMutableBufferPointer { output in
      unsafe step(.token(token), output: output.baseAddress)
    }
  }
}

extension GRU {
  /// The step proper: `input` and `output` have the model's sizes.
  @inline(__always)
  package func step(_ input: StepInput, output: UnsafeMutablePointer<Int32>?) {
    unsafe model.layers.step(
      input, state: state, scratch: scratch, scratchEnd: scratch + model.scratchSize,
      output: output)
  }

  /// Calls `body` with the gates that lead from `hidden` to the next state of a layer, unit by unit.
  package func forEachUnit(
    ofLayer index: Int, input: StepInput, hidden: UnsafeMutablePointer<Int16>,
    _ body: (UnitGates) -> Void
  ) {
    let layer = unsafe model.layers.first + index
    guard unsafe layer.pointee.cell != nil else { return }
    unsafe withCellStep(layer, input, hidden, nil, scratch + model.scratchSize) { step in
      unsafe Cell<AnyKernel>.withCell(step) { cell in cell.forEachUnit(body) }
    }
  }

  /// The hidden state of a layer, `output_size` values; nil where the layer keeps none.
  package func hidden(ofLayer wanted: Int) -> UnsafePointer<Int16>? {
    var memory = unsafe state
    var index = 0
    while index < model.layerCount {
      let layer = unsafe model.layers.first + index
      if unsafe layer.pointee.cell != nil {
        let (hidden, _) = unsafe takeState(of: layer, from: &memory)
        if index == wanted { return unsafe UnsafePointer(hidden) }
      }
      index &+= 1
    }
    return nil
  }

  /// Where a dense layer that isn't the last one leaves its result.
  package func innerVector(ofLayer wanted: Int) -> UnsafePointer<Int16> {
    var memory = unsafe scratch
    var index = 0
    while index < wanted {
      let layer = unsafe model.layer(index)
      if unsafe layer.dense != nil { unsafe memory += paddedSize(Int(layer.output_size), of: 2) }
      index &+= 1
    }
    return unsafe UnsafePointer(memory.assumingMemoryBound(to: Int16.self))
  }
}

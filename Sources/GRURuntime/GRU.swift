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
      if let cell = unsafe model.layer(index).cell {
        let (hidden, _) = unsafe takeState(of: index, from: &memory)
        var unit = 0
        while let initial = unsafe cell.pointee.initial_state,
          unsafe unit < Int(model.layer(index).output_size)
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

/// What the first layer of a network reads at one step.
@safe
package enum StepInput {
  /// Values of the layer's input size.
  case vector(UnsafePointer<Int16>)
  /// An index below the layer's input size.
  case token(Int)
}

extension GRU {
  /// The step proper: `input` and `output` have the model's sizes.
  package func step(_ input: StepInput, output: UnsafeMutablePointer<Int32>?) {
    var input = input
    var memory = unsafe state
    let last = model.layerCount &- 1
    var index = 0
    while index <= last {
      let raw = unsafe model.raw.layers.unsafelyUnwrapped + index
      let layer = unsafe raw.pointee
      if unsafe layer.cell != nil {
        let (hidden, carry) = unsafe takeState(of: index, from: &memory)
        unsafe withCellStep(layer, input, hidden, carry) { step in
          unsafe gru_run_cell(step)
        }
        input = unsafe .vector(UnsafePointer(hidden))
      } else if let embedding = unsafe layer.embedding, case .token(let token) = input {
        let width = unsafe Int(layer.output_size)
        input = unsafe .vector(embedding.pointee.rows.unsafelyUnwrapped + token &* width)
      } else if unsafe layer.dense != nil, case .vector(let vector) = input {
        if index == last {
          if let output = unsafe output { unsafe gru_run_dense(raw, vector, output, nil) }
          return
        }
        let next = unsafe UnsafeMutablePointer(mutating: innerVector(ofLayer: index))
        unsafe gru_run_dense(raw, vector, nil, next)
        input = unsafe .vector(UnsafePointer(next))
      }
      index &+= 1
    }
    if let output = unsafe output, case .vector(let hidden) = input {
      unsafe widen(hidden, to: output)
    }
  }

  /// The last cell's hidden state as output: from 15 − exponent fraction bits to 18.
  private func widen(_ hidden: UnsafePointer<Int16>, to output: UnsafeMutablePointer<Int32>) {
    let last = unsafe model.layer(model.layerCount &- 1).cell.unsafelyUnwrapped
    let shift = unsafe 3 &+ Int32(last.pointee.state_exponent)
    var index = 0
    while index < model.outputSize {
      unsafe output[index] = Int32(hidden[index]) &<< shift
      index &+= 1
    }
  }

  /// One time step of a cell, as its kernel takes it; the sums are left as the stack has them.
  @inline(__always)
  private func withCellStep(
    _ layer: gru_layer_t, _ input: StepInput, _ hidden: UnsafeMutablePointer<Int16>,
    _ carry: UnsafeMutablePointer<Int8>?, _ body: (UnsafeMutablePointer<gru_cell_step_t>) -> Void
  ) {
    let cell = unsafe layer.cell.unsafelyUnwrapped
    unsafe withUnsafeTemporaryAllocation(of: gru_cell_step_t.self, capacity: 1) { memory in
      let step = unsafe memory.baseAddress.unsafelyUnwrapped
      unsafe step.pointee.cell = cell
      unsafe step.pointee.constants = gru_constants(cell.pointee.weights, cell.pointee.rows)
      unsafe step.pointee.hidden = gru_operand(hidden, UInt32(layer.output_size))
      unsafe step.pointee.carry = carry
      unsafe step.pointee.next = scratch.assumingMemoryBound(to: Int16.self)
      switch input {
      case .vector(let vector):
        unsafe step.pointee.input = gru_operand(vector, UInt32(layer.input_size))
        unsafe step.pointee.entries = nil
      case .token(let token):
        let entries = unsafe 3 &* paddedRows(Int(layer.output_size))
        unsafe step.pointee.input = gru_operand(nil, 0)
        unsafe step.pointee.entries = cell.pointee.tokens.unsafelyUnwrapped + token &* entries
      }
      unsafe body(step)
    }
  }

  /// A cell's hidden state and carry at the front of `memory`, which moves on to the next cell's.
  @inline(__always)
  private func takeState(
    of index: Int, from memory: inout UnsafeMutableRawPointer
  ) -> (hidden: UnsafeMutablePointer<Int16>, carry: UnsafeMutablePointer<Int8>?) {
    let layer = unsafe model.layer(index)
    let size = unsafe Int(layer.output_size)
    let hidden = unsafe memory.assumingMemoryBound(to: Int16.self)
    unsafe memory += paddedSize(size, of: 2)
    guard unsafe layer.cell.unsafelyUnwrapped.pointee.carry_bits != 0 else {
      return unsafe (hidden, nil)
    }
    let carry = unsafe memory.assumingMemoryBound(to: Int8.self)
    unsafe memory += paddedSize(size, of: 1)
    return unsafe (hidden, carry)
  }

  /// Calls `body` with the gates that lead from `hidden` to the next state of a layer, unit by unit.
  package func forEachUnit(
    ofLayer index: Int, input: StepInput, hidden: UnsafeMutablePointer<Int16>,
    _ body: (UnitGates) -> Void
  ) {
    let layer = unsafe model.layer(index)
    guard unsafe layer.cell != nil else { return }
    unsafe withCellStep(layer, input, hidden, nil) { step in
      unsafe Cell<AnyKernel>(step).forEachUnit(body)
    }
  }

  /// The hidden state of a layer, `output_size` values; nil where the layer keeps none.
  package func hidden(ofLayer wanted: Int) -> UnsafePointer<Int16>? {
    var memory = unsafe state
    var index = 0
    while index < model.layerCount {
      if unsafe model.layer(index).cell != nil {
        let (hidden, _) = unsafe takeState(of: index, from: &memory)
        if index == wanted { return unsafe UnsafePointer(hidden) }
      }
      index &+= 1
    }
    return nil
  }

  /// Where a dense layer that isn't the last one leaves its result.
  package func innerVector(ofLayer wanted: Int) -> UnsafePointer<Int16> {
    var memory = unsafe scratch + model.sharedScratchSize
    var index = 0
    while index < wanted {
      let layer = unsafe model.layer(index)
      if unsafe layer.dense != nil { unsafe memory += paddedSize(Int(layer.output_size), of: 2) }
      index &+= 1
    }
    return unsafe UnsafePointer(memory.assumingMemoryBound(to: Int16.self))
  }
}

// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The names are those of C.

public import CGRU

// The functions of gru.h; their documentation stands there.

@c @implementation
public func gru_state_size(_ model: UnsafePointer<gru_model_t>?) -> UInt32 {
  unsafe model?.pointee.state_size ?? 0
}

@c @implementation
public func gru_scratch_size(_ model: UnsafePointer<gru_model_t>?) -> UInt32 {
  unsafe model?.pointee.scratch_size ?? 0
}

@c @implementation
public func gru_open(
  _ gru: UnsafeMutablePointer<gru_t>?, _ model: UnsafePointer<gru_model_t>?,
  _ state: UnsafeMutableRawPointer?, _ stateSize: UInt32,
  _ scratch: UnsafeMutableRawPointer?, _ scratchSize: UInt32
) -> gru_status_t {
  guard let gru = unsafe gru, let model = unsafe model, unsafe state != nil,
    unsafe scratch != nil
  else { return GRU_NULL_POINTER }
  return status { () throws(GRUError) in
    _ = try unsafe GRU(
      GRUModel(model.pointee),
      state: memory(at: state, size: stateSize), scratch: memory(at: scratch, size: scratchSize))
    unsafe gru.pointee = gru_t(model: model, state: state, scratch: scratch)
  }
}

@c @implementation
public func gru_reset(_ gru: UnsafeMutablePointer<gru_t>?) -> gru_status_t {
  guard let network = unsafe opened(gru) else { return GRU_NULL_POINTER }
  network.reset()
  return GRU_OK
}

@c @implementation
public func gru_step(
  _ gru: UnsafeMutablePointer<gru_t>?, _ input: UnsafePointer<Int16>?, _ inputCount: UInt32,
  _ output: UnsafeMutablePointer<Int32>?, _ outputCount: UInt32
) -> gru_status_t {
  guard let network = unsafe opened(gru), let input = unsafe input else {
    return GRU_NULL_POINTER
  }
  guard !network.model.readsTokens, unsafe inputCount == UInt32(network.model.raw.input_size)
  else { return GRU_INPUT_COUNT }
  guard unsafe fits(network, output, outputCount) else { return GRU_OUTPUT_COUNT }
  guard unsafe isAligned(input, to: 2), unsafe isAligned(output, to: 4) else {
    return GRU_ALIGNMENT
  }
  unsafe network.step(.vector(input), output: output)
  return GRU_OK
}

@c @implementation
public func gru_step_token(
  _ gru: UnsafeMutablePointer<gru_t>?, _ token: UInt32, _ output: UnsafeMutablePointer<Int32>?,
  _ outputCount: UInt32
) -> gru_status_t {
  guard let network = unsafe opened(gru) else { return GRU_NULL_POINTER }
  guard network.model.readsTokens, unsafe token < UInt32(network.model.raw.input_size) else {
    return GRU_TOKEN
  }
  guard unsafe fits(network, output, outputCount) else { return GRU_OUTPUT_COUNT }
  guard unsafe isAligned(output, to: 4) else { return GRU_ALIGNMENT }
  unsafe network.step(.token(Int(truncatingIfNeeded: token)), output: output)
  return GRU_OK
}

/// An output may be absent, with a count of 0.
@inline(__always)
private func fits(_ network: GRU, _ output: UnsafeMutablePointer<Int32>?, _ count: UInt32) -> Bool {
  unsafe count == (output == nil ? 0 : UInt32(network.model.raw.output_size))
}

/// Cores without unaligned loads would fault.
@inline(__always)
private func isAligned(_ pointer: UnsafeRawPointer?, to bytes: UInt) -> Bool {
  UInt(bitPattern: pointer) & (bytes &- 1) == 0
}

@c @implementation
public func gru_softmax(
  _ logits: UnsafePointer<Int32>?, _ probabilities: UnsafeMutablePointer<UInt16>?, _ count: UInt32
) {
  guard let logits = unsafe logits, let probabilities = unsafe probabilities, count > 0 else {
    return
  }
  unsafe softmax(logits, probabilities, count: Int(truncatingIfNeeded: count))
}

@c @implementation
public func gru_hidden(_ gru: UnsafePointer<gru_t>?, _ layer: UInt32) -> UnsafePointer<Int16>? {
  guard let network = unsafe opened(UnsafeMutablePointer(mutating: gru)) else { return nil }
  return unsafe network.hidden(ofLayer: Int(truncatingIfNeeded: layer))
}

@c @implementation
public func gru_argmax(_ values: UnsafePointer<Int32>?, _ count: UInt32) -> UInt32 {
  guard let values = unsafe values else { return 0 }
  return unsafe UInt32(
    truncatingIfNeeded: argmax(values, count: Int(truncatingIfNeeded: count)))
}

@c @implementation
public func gru_check(_ model: UnsafePointer<gru_model_t>?) -> gru_status_t {
  guard let model = unsafe model else { return GRU_NULL_POINTER }
  return status { () throws(GRUError) in try unsafe GRUModel(model.pointee).verify() }
}

@c @implementation
public func gru_saved_size(_ model: UnsafePointer<gru_model_t>?) -> UInt32 {
  guard let model = unsafe model else { return 0 }
  return unsafe UInt32(GRU_SAVED_HEADER_SIZE) &+ model.pointee.state_size
}

@c @implementation
public func gru_save(
  _ gru: UnsafePointer<gru_t>?, _ saved: UnsafeMutableRawPointer?, _ savedSize: UInt32
) -> gru_status_t {
  guard let network = unsafe opened(gru), let saved = unsafe saved else { return GRU_NULL_POINTER }
  guard holds(savedSize, network.model) else { return GRU_SAVED_SIZE }
  unsafe network.save(to: saved)
  return GRU_OK
}

@c @implementation
public func gru_restore(
  _ gru: UnsafeMutablePointer<gru_t>?, _ saved: UnsafeRawPointer?, _ savedSize: UInt32
) -> gru_status_t {
  guard let network = unsafe opened(gru), let saved = unsafe saved else { return GRU_NULL_POINTER }
  guard holds(savedSize, network.model) else { return GRU_SAVED_SIZE }
  return status { () throws(GRUError) in try unsafe network.restore(from: saved) }
}

@inline(__always)
private func holds(_ savedSize: UInt32, _ model: GRUModel) -> Bool {
  savedSize >= UInt32(truncatingIfNeeded: model.savedSize)
}

/// The caller's memory; of a size that no 32-bit `Int` holds, as much as one does.
@inline(__always)
private func memory(
  at start: UnsafeMutableRawPointer?, size: UInt32
) -> UnsafeMutableRawBufferPointer {
  unsafe UnsafeMutableRawBufferPointer(
    start: start, count: Int(truncatingIfNeeded: min(size, UInt32(Int32.max))))
}

/// The instance behind an open handle.
@inline(__always)
private func opened(_ gru: UnsafePointer<gru_t>?) -> GRU? {
  guard let gru = unsafe gru, let model = unsafe gru.pointee.model,
    let state = unsafe gru.pointee.state, let scratch = unsafe gru.pointee.scratch
  else { return nil }
  return unsafe GRU(opened: GRUModel(checked: model.pointee), state: state, scratch: scratch)
}

@inline(__always)
private func status(_ body: () throws(GRUError) -> Void) -> gru_status_t {
  do throws(GRUError) {
    try body()
    return GRU_OK
  } catch {
    // An enumeration of C has 8 bits where the ABI says so.
    return gru_status_t(.init(truncatingIfNeeded: error.rawValue))
  }
}

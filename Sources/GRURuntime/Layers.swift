import CGRU

/// What a layer reads at one step: a vector, or a token where the layer has a table for each.
///
/// One word, because the stack that a step takes is counted in words.
@safe
package struct StepInput {
  private let bits: UInt

  /// Values of the layer's input size.
  @inline(__always)
  package static func vector(_ values: UnsafePointer<Int16>) -> StepInput {
    StepInput(bits: UInt(bitPattern: values))
  }

  /// An index below the layer's input size.
  @inline(__always)
  package static func token(_ token: Int) -> StepInput {
    StepInput(bits: UInt(bitPattern: token))
  }

  @inline(__always)
  var vector: UnsafePointer<Int16> {
    unsafe UnsafePointer(bitPattern: bits).unsafelyUnwrapped
  }

  @inline(__always)
  var token: Int { Int(bitPattern: bits) }
}

/// The layers of a checked network, in their order.
@safe
struct Layers {
  let first: UnsafePointer<gru_layer_t>
  let last: UnsafePointer<gru_layer_t>

  /// Advances all layers by one time step.
  ///
  /// - Parameters:
  ///   - input: a vector of the network's input size, or a token below it.
  ///   - state: of all cells, one after the other.
  ///   - scratch: from its front the results of dense layers before the last layer, one after the
  ///     other; at its end what a cell needs.
  ///   - output: as many places as the network has outputs; nil where only the state counts.
  @inline(never)
  func step(
    _ input: StepInput, state: UnsafeMutableRawPointer, scratch: UnsafeMutableRawPointer,
    scratchEnd: UnsafeMutableRawPointer, output: UnsafeMutablePointer<Int32>?
  ) {
    var (input, state, scratch) = unsafe (input, state, scratch)
    var layer = unsafe first
    while true {
      if unsafe layer.pointee.cell != nil {
        let (hidden, carry) = unsafe takeState(of: layer, from: &state)
        unsafe withCellStep(layer, input, hidden, carry, scratchEnd) { step in
          unsafe gru_run_cell(step)
        }
        input = unsafe .vector(UnsafePointer(hidden))
      } else if let embedding = unsafe layer.pointee.embedding {
        let place = input.token &* Int(unsafe layer.pointee.output_size)
        input = unsafe .vector(embedding.pointee.rows.unsafelyUnwrapped + place)
      } else if unsafe layer == last {
        if let output = unsafe output { unsafe gru_run_dense(layer, input.vector, output, nil) }
        return
      } else {
        let next = unsafe scratch.assumingMemoryBound(to: Int16.self)
        unsafe scratch += paddedSize(Int(layer.pointee.output_size), of: 2)
        unsafe gru_run_dense(layer, input.vector, nil, next)
        input = unsafe .vector(UnsafePointer(next))
      }
      if unsafe layer == last { break }
      unsafe layer += 1
    }
    if let output = unsafe output { unsafe widen(input.vector, from: last, to: output) }
  }
}

/// One time step of a cell, as its kernel takes it.
@inline(__always)
func withCellStep(
  _ layer: UnsafePointer<gru_layer_t>, _ input: StepInput, _ hidden: UnsafeMutablePointer<Int16>,
  _ carry: UnsafeMutablePointer<Int8>?, _ scratchEnd: UnsafeMutableRawPointer,
  _ body: (UnsafeMutablePointer<gru_cell_step_t>) -> Void
) {
  let cell = unsafe layer.pointee.cell.unsafelyUnwrapped
  unsafe withUnsafeTemporaryAllocation(of: gru_cell_step_t.self, capacity: 1) { memory in
    let step = unsafe memory.baseAddress.unsafelyUnwrapped
    let units = unsafe Int(layer.pointee.output_size)
    unsafe step.pointee.cell = cell
    unsafe step.pointee.constants = gru_constants(cell.pointee.weights, cell.pointee.rows)
    unsafe step.pointee.hidden = gru_operand(hidden, UInt32(layer.pointee.output_size))
    unsafe step.pointee.carry = carry
    unsafe step.pointee.next = (scratchEnd - cellScratchSize(cell, units: units))
      .assumingMemoryBound(to: Int16.self)
    if unsafe Int(cell.pointee.matrices.0.layout) == Int(GRU_LAYOUT_TOKENS) {
      unsafe step.pointee.input = gru_operand(nil, 0)
      unsafe step.pointee.entries =
        cell.pointee.tokens.unsafelyUnwrapped + input.token &* (3 &* paddedRows(units))
    } else {
      unsafe step.pointee.input = gru_operand(input.vector, UInt32(layer.pointee.input_size))
    }
    unsafe body(step)
  }
}

/// A cell's hidden state and carry at the front of `memory`, which moves on to the next cell's.
@inline(__always)
func takeState(
  of layer: UnsafePointer<gru_layer_t>, from memory: inout UnsafeMutableRawPointer
) -> (hidden: UnsafeMutablePointer<Int16>, carry: UnsafeMutablePointer<Int8>?) {
  let size = unsafe Int(layer.pointee.output_size)
  let hidden = unsafe memory.assumingMemoryBound(to: Int16.self)
  unsafe memory += paddedSize(size, of: 2)
  guard unsafe layer.pointee.cell.unsafelyUnwrapped.pointee.carry_bits != 0 else {
    return unsafe (hidden, nil)
  }
  let carry = unsafe memory.assumingMemoryBound(to: Int8.self)
  unsafe memory += paddedSize(size, of: 1)
  return unsafe (hidden, carry)
}

/// The last cell's hidden state as output: from 15 − exponent fraction bits to 18.
@inline(__always)
private func widen(
  _ hidden: UnsafePointer<Int16>, from layer: UnsafePointer<gru_layer_t>,
  to output: UnsafeMutablePointer<Int32>
) {
  let exponent = unsafe layer.pointee.cell.unsafelyUnwrapped.pointee.state_exponent
  unsafe gru_widen(
    hidden, output, UInt32(layer.pointee.output_size), UInt32(bitPattern: 3 &+ Int32(exponent)))
}

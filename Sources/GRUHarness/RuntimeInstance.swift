import CGRU
import FixedPoint
public import GRUQuantizer
public import GRURuntime
import ModelFiles

/// The device's arithmetic on this machine: one stream's state over a model.
public final class RuntimeInstance {
  public let model: RuntimeModel
  private let state: UnsafeMutableRawBufferPointer
  private let scratch: UnsafeMutableRawBufferPointer
  private let gru: GRU

  public init(_ model: RuntimeModel) throws(GRUError) {
    self.model = model
    state = .allocate(byteCount: model.model.stateSize, alignment: 4)
    scratch = .allocate(byteCount: model.model.scratchSize, alignment: 4)
    gru = try GRU(model.model, state: state, scratch: scratch)
  }

  deinit {
    state.deallocate()
    scratch.deallocate()
  }

  public func reset() { gru.reset() }

  /// One time step: `input` is raw int16, the result Q18.
  public func step(_ input: [Int16]) throws(GRUError) -> [Int32] {
    var output = [Int32](repeating: 0, count: model.model.outputSize)
    var span = output.mutableSpan
    try gru.step(input.span, output: &span)
    return output
  }

  /// The hidden state of a layer in Q15; empty where the layer keeps none.
  public func hidden(ofLayer index: Int) -> [Int16] {
    guard let hidden = gru.hidden(ofLayer: index) else { return [] }
    return Array(UnsafeBufferPointer(start: hidden, count: model.network.layers[index].outputSize))
  }

  /// The hidden states of all layers, one after the other.
  public var hidden: [Int16] {
    model.network.layers.indices.flatMap { hidden(ofLayer: $0) }
  }

  /// The bytes that a firmware would save: any content is legal.
  public var stateBytes: [UInt8] {
    get { Array(state) }
    set { state.copyBytes(from: newValue.prefix(state.count)) }
  }

  /// The gates that lead from `hidden` to the next state of a layer.
  func units(ofLayer index: Int, input: [Int16], hidden: [Int16]) -> [Cell.Unit] {
    guard let cell = gru.cell(at: index) else { return [] }
    return (0..<cell.hiddenSize).map { cell.unit($0, input: input, hidden: hidden) }
  }
}

extension QuantizedNetwork {
  /// A real input as the firmware would feed it, and how many values had to be clipped.
  public func rawInput(_ values: some Collection<Double>) -> (raw: [Int16], clipped: Int) {
    var clipped = 0
    let raw = values.map { value in
      let scaled = (value / Double(inputScale)).rounded()
      if abs(scaled) > 32_767 { clipped += 1 }
      return Int16(max(-32_768, min(32_767, scaled)))
    }
    return (raw, clipped)
  }
}

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
  let gru: GRU

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

  /// One time step, the result in Q18.
  public func step(_ input: RawInput) throws(GRUError) -> [Int32] {
    var output = [Int32](repeating: 0, count: model.model.outputSize)
    var span = output.mutableSpan
    switch input {
    case .vector(let vector): try gru.step(vector.span, output: &span)
    case .token(let token): try gru.step(token: token, output: &span)
    }
    return output
  }

  /// One time step: `input` is raw int16, the result Q18.
  public func step(_ input: [Int16]) throws(GRUError) -> [Int32] { try step(.vector(input)) }

  /// The hidden state of a layer in Q15; empty where the layer keeps none.
  public func hidden(ofLayer index: Int) -> [Int16] {
    guard let hidden = gru.hidden(ofLayer: index) else { return [] }
    return Array(UnsafeBufferPointer(start: hidden, count: model.network.layers[index].outputSize))
  }

  /// The hidden states of all layers, one after the other.
  public var hidden: [Int16] {
    model.network.layers.indices.flatMap { hidden(ofLayer: $0) }
  }

  /// What the blend of a layer reads, Q23: the hidden state with its carry, where it has one.
  func state(ofLayer index: Int) -> [Int32] {
    let hidden = hidden(ofLayer: index)
    guard let cell = model.network.layers[index].cell, cell.carryBits > 0,
      let start = gru.hidden(ofLayer: index)
    else { return hidden.map { HiddenState(Q15(raw: $0), carry: 0).raw } }
    // The carries lie behind the hidden state, which fills whole words.
    let carry = UnsafeRawPointer(start) + (2 * hidden.count + 3) / 4 * 4
    return hidden.enumerated().map { unit, hidden in
      HiddenState(Q15(raw: hidden), carry: carry.load(fromByteOffset: unit, as: Int8.self)).raw
    }
  }

  /// The bytes that a firmware would save: any content is legal.
  public var stateBytes: [UInt8] {
    get { Array(state) }
    set { state.copyBytes(from: newValue.prefix(state.count)) }
  }

  /// The gates that lead from `hidden` to the next state of a layer.
  package func units(ofLayer index: Int, input: RawInput, hidden: [Int16]) -> [UnitGates] {
    var (hidden, units) = (hidden, [UnitGates]())
    input.withStepInput { input in
      gru.forEachUnit(ofLayer: index, input: input, hidden: &hidden) { units.append($0) }
    }
    return units
  }

  /// What a dense layer before the last one passed on at the last step.
  func innerVector(ofLayer index: Int) -> [Int16] {
    let vector = gru.innerVector(ofLayer: index)
    return Array(UnsafeBufferPointer(start: vector, count: model.network.layers[index].outputSize))
  }
}

/// One step's input as the firmware would feed it.
public enum RawInput: Equatable, Sendable {
  case vector([Int16])
  case token(Int)

  fileprivate func withStepInput<Result>(_ body: (StepInput) -> Result) -> Result {
    switch self {
    case .vector(let vector):
      vector.withUnsafeBufferPointer { body(.vector($0.baseAddress!)) }
    case .token(let token): body(.token(token))
    }
  }
}

extension QuantizedNetwork {
  /// A real input as the firmware would feed it, and how many values had to be clipped.
  public func rawInput(_ values: [Double]) -> (raw: RawInput, clipped: Int) {
    if readsTokens { return (.token(Int(values[0])), 0) }
    let units = inputUnits(values)
    return (
      .vector(units.map { Int16(max(-32_768, min(32_767, $0))) }),
      units.count { abs($0) > 32_767 }
    )
  }

  /// Features in whole units of the input's scale, as if int16 had no end; none for a token.
  func inputUnits(_ values: [Double]) -> [Double] {
    guard case .vector(let scales, let offsets) = input else { return [] }
    return values.indices.map { index in
      let offset = offsets.isEmpty ? 0 : Double(offsets[index])
      let scale = Double(scales[scales.count == 1 ? 0 : index])
      return ((values[index] - offset) / scale).rounded()
    }
  }
}

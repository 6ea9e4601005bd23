public import CGRU

/// A network's constants, checked once: whatever steps them later cannot fail.
@safe
public struct GRUModel {
  package let raw: gru_model_t

  /// Checks a model as a header declares it.
  ///
  /// - Throws: `GRUError`, naming the first thing found wrong. The constants themselves are
  ///   compared with their checksum by ``verify()``, which takes longer.
  public init(_ raw: gru_model_t) throws(GRUError) {
    unsafe self.raw = raw
    try unsafe check(raw)
  }

  /// A model that `init(_:)` has let pass before.
  @inline(__always)
  init(checked raw: gru_model_t) { unsafe self.raw = raw }

  /// Values that a step reads.
  public var inputSize: Int { unsafe Int(raw.input_size) }

  /// Values that a step writes: of the dense layer, or of the last cell where there is none.
  public var outputSize: Int { unsafe Int(raw.output_size) }

  /// Bytes to be kept between steps.
  public var stateSize: Int { unsafe Int(truncatingIfNeeded: raw.state_size) }

  /// Bytes needed during a step only.
  public var scratchSize: Int { unsafe Int(truncatingIfNeeded: raw.scratch_size) }

  /// Whether a step reads a token and not a vector.
  public var readsTokens: Bool { unsafe Int(raw.input_kind) == Int(GRU_INPUT_TOKEN) }

  /// Numbers of 16 bits that stand for a step's input: one for a token.
  package var inputCount: Int { readsTokens ? 1 : inputSize }

  package var layerCount: Int { unsafe Int(raw.layer_count) }

  @inline(__always)
  package func layer(_ index: Int) -> gru_layer_t { unsafe layers.first[index] }

  @inline(__always)
  var layers: Layers {
    let first = unsafe raw.layers.unsafelyUnwrapped
    return unsafe Layers(first: first, last: first + (layerCount &- 1))
  }
}

/// Bytes that one cell needs during a step: the next state, and r ⊙ h under reset before.
func cellScratchSize(_ cell: UnsafePointer<gru_cell_t>, units: Int) -> Int {
  let size = paddedSize(units, of: 2)
  // Twice that under GRU_RESET_BEFORE, which is 1.
  return unsafe size &* (1 &+ Int(cell.pointee.reset))
}

/// Bytes of `count` values of `size` bytes, filled up to a multiple of four.
@inline(__always)
func paddedSize(_ count: Int, of size: Int) -> Int { (count &* size &+ 3) & ~3 }

/// Rows come in quads.
@inline(__always)
func paddedRows(_ rows: Int) -> Int { (rows &+ 3) & ~3 }

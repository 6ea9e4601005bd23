import CGRU

/// Why a model cannot be opened or a buffer not be used; the same codes as C's `gru_status_t`.
public enum GRUError: UInt32, Error, Equatable, Sendable {
  /// An argument, or a pointer inside the model, is null.
  case nullPointer = 1
  /// The model was written for another version of the format.
  case version
  /// The model uses something that this runtime does not run.
  case unsupported
  /// Sizes inside the model contradict each other.
  case shape
  /// Constants or memory are not aligned to their type.
  case alignment
  /// The state memory is smaller than the model's `stateSize`.
  case stateSize
  /// The scratch memory is smaller than the model's `scratchSize`.
  case scratchSize
  /// The input does not have `inputSize` values.
  case inputCount
  /// The output does not have `outputSize` places.
  case outputCount
  /// A constant changed since the quantizer wrote it.
  case checksum
  /// The token is not below `inputSize`, or the network reads none.
  case token
  /// The saved memory is smaller than the model's `savedSize`.
  case savedSize
  /// The memory holds no saved state, or one that changed since.
  case savedState
  /// The state was saved from another model.
  case savedModel
}

import CGRU
import FixedPoint

// A saved state is a header of four 32-bit words, least significant byte first, and the state's
// bytes:
//
//     0   "GRU" and the format version
//     4   the model's checksum
//     8   bytes of state
//     12  CRC-32 of the three words before and of the state

extension GRUModel {
  /// Bytes that ``GRU/save(to:)`` writes.
  public var savedSize: Int { Int(GRU_SAVED_HEADER_SIZE) &+ stateSize }

  /// The first three words of a state saved from this model.
  fileprivate var savedWords: (mark: UInt32, model: UInt32, size: UInt32) {
    let mark: UInt32 = 0x55_5247 | UInt32(truncatingIfNeeded: GRU_FORMAT_VERSION) &<< 24
    return unsafe (mark, raw.crc32, raw.state_size)
  }
}

extension GRU {
  /// Copies the state, so that a device can sleep or restart in mid-stream.
  ///
  /// - Parameter saved: at least the model's `savedSize` bytes.
  /// - Throws: `savedSize`, if there are fewer; then nothing is written.
  public func save(to saved: inout MutableRawSpan) throws(GRUError) {
    try unsafe saved.withUnsafeMutableBytes { saved throws(GRUError) in
      guard saved.count >= model.savedSize, let start = saved.baseAddress else { throw .savedSize }
      unsafe save(to: start)
    }
  }

  /// Sets the state to one that was saved from the same header's model.
  ///
  /// - Throws: `savedSize`, `savedState` or `savedModel`; then the state stays what it was.
  public func restore(from saved: RawSpan) throws(GRUError) {
    try unsafe saved.withUnsafeBytes { saved throws(GRUError) in
      guard saved.count >= model.savedSize, let start = saved.baseAddress else { throw .savedSize }
      try unsafe restore(from: start)
    }
  }

  /// Writes `savedSize` bytes, at any alignment.
  func save(to saved: UnsafeMutableRawPointer) {
    let words = model.savedWords
    unsafe saved.storeBytes(of: words.mark, as: UInt32.self)
    unsafe saved.storeBytes(of: words.model, toByteOffset: 4, as: UInt32.self)
    unsafe saved.storeBytes(of: words.size, toByteOffset: 8, as: UInt32.self)
    unsafe copy(from: state, to: saved + Int(GRU_SAVED_HEADER_SIZE))
    unsafe saved.storeBytes(of: savedChecksum(saved), toByteOffset: 12, as: UInt32.self)
  }

  /// Reads `savedSize` bytes, at any alignment.
  func restore(from saved: UnsafeRawPointer) throws(GRUError) {
    let words = model.savedWords
    guard unsafe saved.loadUnaligned(as: UInt32.self) == words.mark else { throw .savedState }
    guard unsafe saved.loadUnaligned(fromByteOffset: 4, as: UInt32.self) == words.model,
      unsafe saved.loadUnaligned(fromByteOffset: 8, as: UInt32.self) == words.size
    else { throw .savedModel }
    guard
      unsafe saved.loadUnaligned(fromByteOffset: 12, as: UInt32.self) == savedChecksum(saved)
    else { throw .savedState }
    unsafe copy(from: saved + Int(GRU_SAVED_HEADER_SIZE), to: state)
  }

  /// CRC-32 of everything saved but itself.
  private func savedChecksum(_ saved: UnsafeRawPointer) -> UInt32 {
    var crc = CRC32()
    unsafe crc.update(saved, bytes: 12)
    unsafe crc.update(saved + Int(GRU_SAVED_HEADER_SIZE), bytes: model.stateSize)
    return crc.value
  }

  private func copy(from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer) {
    unsafe target.copyMemory(from: source, byteCount: model.stateSize)
  }
}

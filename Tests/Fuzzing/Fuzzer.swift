// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The names are those of libFuzzer.

import CLibFuzzer
import Foundation
import TestSupport

/// What libFuzzer runs: the target that an environment variable names.
///
///     GRU_FUZZ_TARGET=npy .build-fuzz/release/Fuzzing CORPUS
///
/// `Tools/fuzz` builds it and runs all targets.
private let target: any FuzzTarget.Type = {
  let name = ProcessInfo.processInfo.environment["GRU_FUZZ_TARGET"]
  guard let target = fuzzTargets.first(where: { $0.name == name }) else {
    print(fuzzTargets.map { $0.name }.joined(separator: "\n"))
    exit(name == nil ? 0 : 64)
  }
  return target
}()

/// Writes the target's seeds to the folder that a variable names, where one does.
@c @implementation
func LLVMFuzzerInitialize(
  _ argc: UnsafeMutablePointer<Int32>!,
  _ argv: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>!
) -> Int32 {
  let seeds = target.seeds
  guard let folder = ProcessInfo.processInfo.environment["GRU_FUZZ_SEEDS"] else { return 0 }
  for (index, seed) in seeds.enumerated() {
    let file = URL(fileURLWithPath: folder).appendingPathComponent("seed-\(index)")
    do { try Data(seed).write(to: file) } catch { fail("\(error)") }
  }
  exit(0)
}

@c @implementation
func LLVMFuzzerTestOneInput(_ data: UnsafePointer<UInt8>!, _ size: Int) -> Int32 {
  target.check(Array(UnsafeBufferPointer(start: data, count: size)))
  return 0
}

@c @implementation
func LLVMFuzzerCustomMutator(
  _ data: UnsafeMutablePointer<UInt8>!, _ size: Int, _ maxSize: Int, _ seed: UInt32
) -> Int {
  var random = SeededGenerator(seed: UInt64(seed))
  let bytes = Array(UnsafeBufferPointer(start: data, count: size))
  let mutant = target.mutate(bytes, using: &random).prefix(maxSize)
  for (index, byte) in mutant.enumerated() { data[index] = byte }
  return mutant.count
}

/// The bytes after one of libFuzzer's own mutations, which know what comparisons have seen.
func mutateBytes(_ bytes: [UInt8]) -> [UInt8] {
  let room = bytes.count + 64
  var copy = bytes + Array(repeating: 0, count: room - bytes.count)
  let size = LLVMFuzzerMutate(&copy, bytes.count, room)
  return Array(copy.prefix(size))
}

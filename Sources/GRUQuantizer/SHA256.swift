public import Foundation

/// SHA-256, for the provenance in a header's first lines.
///
/// Source: FIPS 180-4. Foundation on Linux has none, and this package has no dependencies.
public func sha256(_ data: Data) -> String {
  var state: [UInt32] = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  ]
  var message = [UInt8](data)
  let bits = UInt64(message.count) * 8
  message.append(0x80)
  message += Array(repeating: 0, count: (120 - message.count % 64) % 64)
  withUnsafeBytes(of: bits.bigEndian) { message += $0 }

  for block in stride(from: 0, to: message.count, by: 64) {
    var schedule = (0..<16).map { word in
      message[block + 4 * word..<block + 4 * word + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
    for t in 16..<64 {
      let (a, b) = (schedule[t - 15], schedule[t - 2])
      let sigma0 = rotated(a, 7) ^ rotated(a, 18) ^ a >> 3
      let sigma1 = rotated(b, 17) ^ rotated(b, 19) ^ b >> 10
      schedule.append(schedule[t - 16] &+ sigma0 &+ schedule[t - 7] &+ sigma1)
    }
    compress(&state, schedule)
  }
  return state.map { String(format: "%08x", $0) }.joined()
}

private func compress(_ state: inout [UInt32], _ schedule: [UInt32]) {
  var (a, b, c, d) = (state[0], state[1], state[2], state[3])
  var (e, f, g, h) = (state[4], state[5], state[6], state[7])
  for t in 0..<64 {
    let sum1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
    let choice = (e & f) ^ (~e & g)
    let t1 = h &+ sum1 &+ choice &+ roundConstants[t] &+ schedule[t]
    let sum0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
    let majority = (a & b) ^ (a & c) ^ (b & c)
    (h, g, f, e) = (g, f, e, d &+ t1)
    (d, c, b, a) = (c, b, a, t1 &+ sum0 &+ majority)
  }
  for (index, value) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= value }
}

private func rotated(_ value: UInt32, _ count: UInt32) -> UInt32 {
  value >> count | value << (32 - count)
}

/// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
private let roundConstants: [UInt32] = {
  var primes: [UInt64] = []
  var candidate: UInt64 = 2
  while primes.count < 64 {
    if primes.allSatisfy({ candidate % $0 != 0 }) { primes.append(candidate) }
    candidate += 1
  }
  return primes.map { UInt32(truncatingIfNeeded: cubeRootQ32(of: $0)) }
}()

/// ⌊2³² · ∛n⌋, by bisection in 128 bits.
private func cubeRootQ32(of n: UInt64) -> UInt64 {
  var low: UInt64 = 0
  var high: UInt64 = 8 << 32
  while high - low > 1 {
    let middle = (low + high) / 2
    let cube = UInt128(middle) * UInt128(middle) * UInt128(middle)
    if cube <= UInt128(n) << 96 { low = middle } else { high = middle }
  }
  return low
}

// Reads the tensor files whose paths come on standard input, and prints what is in each: a line of
// JSON with its tensors, every value by the bits of its double, or with the reason of a refusal.
// Tools/faults/test_reading.py holds them against what other readers find.

import Foundation
import ModelFiles

struct Reading: Encodable {
  struct Named: Encodable {
    var name: String
    var shape: [Int]
    /// UInt64 has more digits than a JSON number keeps.
    var bits: [String]

    init(_ name: String, _ shape: [Int], _ values: some Sequence<Double>) {
      self.name = name
      self.shape = shape
      bits = values.map { String($0.bitPattern, radix: 16) }
    }
  }

  var tensors: [Named]?
  var error: String?

  init(path: String) {
    do throws(InputError) {
      if path.hasSuffix(".npy") {
        let array = try NPY(path: path)
        tensors = [Named("", array.shape, array.values)]
      } else {
        tensors = try TensorFile(path: path).tensors.map { Named($0.name, $0.shape, $0.values) }
      }
    } catch {
      self.error = error.message
    }
  }
}

while let path = readLine() {
  print(String(decoding: try JSONEncoder().encode(Reading(path: path)), as: UTF8.self))
}

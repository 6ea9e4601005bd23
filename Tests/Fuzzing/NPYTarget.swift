import Foundation
import ModelFiles
import TestSupport

/// The reader of NumPy's arrays.
enum NPYTarget: FuzzTarget {
  static let name = "npy"

  static let seeds: [[UInt8]] = {
    let arrays = [
      NPYBuilder.floats([1, -2, 0.5, 1e-300, -0.0, 3], shape: [2, 3]),
      NPYBuilder.integers([0, -1, .max]),
      Data(NPYBuilder.float32(shape: [1, 2, 2], [1, 2, 3, 4])),
      NPYBuilder.file(
        NPYBuilder.header("<f2", "(2, 2)", order: "True"), version: (2, 0), payload: Data(count: 8)
      ),
    ]
    let small = ["|i1", "|u1", "<i2", "<u2"].map {
      NPYBuilder.file(NPYBuilder.header($0, "(2,)"), payload: Data([1, 2, 3, 4]))
    }
    return (arrays + small).map { Array($0) }
  }()

  static func check(_ bytes: [UInt8]) {
    let file = InputFile(bytes)
    do throws(InputError) {
      let array = try NPY(file)
      require(array.shape.count <= 3, "\(array.shape) has at most 3 dimensions")
      require(array.shape.allSatisfy { $0 >= 0 }, "no dimension of \(array.shape) is below 0")
      require(array.values.count == array.shape.reduce(1, *), "as many values as the shape says")
      require(array.values.count <= bytes.count, "a value has a byte at least")
      require(array.values.allSatisfy(\.isFinite), "every value is finite")
      if array.isInteger {
        require(array.values.allSatisfy { $0.rounded() == $0 }, "integers are whole")
      }
      for other in [bytes + [0], Array(bytes.dropLast())] {
        require((try? NPY(InputFile(other))) == nil, "a file of another size is refused")
      }
      requireRoundTrip(array)
    } catch {
      requireWords(error, about: file.name)
    }
  }

  /// What was read, written as doubles and, where that is exact, as floats, reads back the same.
  private static func requireRoundTrip(_ array: NPY) {
    let values = Array(array.values)
    var files = [NPYBuilder.floats(values, shape: array.shape)]
    if values.allSatisfy({ Double(Float($0)) == $0 }) {
      files.append(NPYBuilder.float32(shape: array.shape, values))
    }
    for file in files {
      do throws(InputError) {
        let again = try NPY(InputFile(Array(file)))
        require(again.shape == array.shape, "the shape survives: \(array.shape)")
        require(again.values.elementsEqual(values), "every value survives")
      } catch {
        fail("what was read can be written: \(error.description)")
      }
    }
  }
}

// MARK: Mutation

extension NPYTarget {
  private static let types = [
    "<f8", "<f4", "<f2", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", ">f4", "|O", "|b1",
    "<c8", "f4", "<f4,<f4",
  ]

  /// Edits the fields of the header; sizes are made right half of the time.
  static func mutate(_ bytes: [UInt8], using random: inout SeededGenerator) -> [UInt8] {
    guard random.happens(3, in: 4), var fields = Fields(bytes) else { return mutateBytes(bytes) }
    switch Int.random(in: 0..<10, using: &random) {
    case 0...1: fields.type = types.randomElement(using: &random)!
    case 2: fields.order = ["True", "False", "None", "1"].randomElement(using: &random)!
    case 3...5:
      if fields.shape.isEmpty || random.happens(1, in: 5) {
        fields.shape.append("2")
      } else {
        let index = Int.random(in: 0..<fields.shape.count, using: &random)
        fields.shape[index] = random.number(near: Int(fields.shape[index]) ?? 1)
        if random.happens(1, in: 5) { fields.shape.remove(at: index) }
      }
    case 6: fields.version = [(1, 0), (2, 0), (3, 0), (1, 1)].randomElement(using: &random)!
    case 7:
      return Array(
        NPYBuilder.file(
          String(decoding: mutateBytes(Array(fields.text.utf8)), as: UTF8.self),
          version: fields.version, payload: Data(fields.payload)))
    default: fields.payload = mutateBytes(fields.payload)
    }
    if random.happens(1, in: 2) { fields.fill() }
    return Array(
      NPYBuilder.file(fields.text, version: fields.version, payload: Data(fields.payload)))
  }

  /// A file taken apart.
  private struct Fields {
    var version: (UInt8, UInt8)
    var type: String
    var order: String
    var shape: [String]
    var payload: [UInt8]

    init?(_ bytes: [UInt8]) {
      guard bytes.count > 12, bytes[6] == 1 || bytes[6] == 2 else { return nil }
      let start = bytes[6] == 1 ? 10 : 12
      let length = bytes[8..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
      guard start + length <= bytes.count else { return nil }
      let text = String(decoding: bytes[start..<start + length], as: UTF8.self)
      let pattern = /.*'descr': '(.*?)', 'fortran_order': (\w+), 'shape': \((.*?)\).*\n?/
      guard let match = text.wholeMatch(of: pattern) else { return nil }
      version = (bytes[6], bytes[7])
      (type, order) = (String(match.1), String(match.2))
      shape = match.3.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        .filter { !$0.isEmpty }
      payload = Array(bytes[(start + length)...])
    }

    var text: String {
      NPYBuilder.header(type, "(\(shape.map { "\($0)," }.joined(separator: " ")))", order: order)
    }

    /// As much data as shape and type ask for.
    mutating func fill() {
      let sizes = shape.compactMap { Int($0) }
      guard sizes.count == shape.count, sizes.allSatisfy({ (0..<64).contains($0) }),
        let size = type.last.flatMap({ Int(String($0)) })
      else { return }
      let count = min(4096, sizes.prefix(4).reduce(size, *))
      payload = Array(payload.prefix(count))
      payload += Array(repeating: 0, count: count - payload.count)
    }
  }
}

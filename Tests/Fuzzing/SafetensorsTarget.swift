import Foundation
import ModelFiles
import TestSupport

/// The reader of safetensors, and that of the network inside.
enum SafetensorsTarget: FuzzTarget {
  static let name = "safetensors"

  static let seeds: [[UInt8]] = {
    var described = SafetensorsBuilder.gru(inputs: 1, hidden: 1)
    described.metadata["network"] =
      #"{\"format\":1,\"layers\":[{\"kind\":\"gru\",\"tensors\":\"gru\"}]}"#
    let models = [SafetensorsBuilder.gru(inputs: 2, hidden: 1, outputs: 1), described]
    let types = ["F64": 8, "F32": 4, "F16": 2, "BF16": 2].map { type, size in
      SafetensorsBuilder.file(
        header: #"{"a":{"dtype":"\#(type)","shape":[2,1],"data_offsets":[0,\#(2 * size)]}}  "#,
        payload: Data(repeating: 0x3C, count: 2 * size))
    }
    return (models.map(\.data) + types.sorted { $0.count < $1.count }).map { Array($0) }
  }()

  static func check(_ bytes: [UInt8]) {
    let file = InputFile(bytes)
    do throws(InputError) {
      let read = try Safetensors(file)
      requireLimits(read.tensors)
      requireWhole(bytes)
      requireRoundTrip(read)
      let tensors = try TensorFile(file)
      let description = try NetworkDescription(of: tensors, at: file.name)
      DescriptionTarget.requireNetwork(try Network(tensors, description: description))
    } catch {
      requireWords(error, about: file.name)
    }
  }

  /// Not a byte may be missing or left over.
  private static func requireWhole(_ bytes: [UInt8]) {
    for other in [bytes + [0], Array(bytes.dropLast())] {
      require((try? Safetensors(InputFile(other))) == nil, "a file of another size is refused")
    }
  }

  /// What was read, written as doubles, reads back the same.
  private static func requireRoundTrip(_ read: Safetensors) {
    var (members, payload): ([JSON.Member], Data) = ([], Data())
    if !read.metadata.isEmpty {
      let strings = read.metadata.map { JSON.Member(key: $0.key, value: .string($0.value)) }
      members.append(.init(key: "__metadata__", value: .object(strings)))
    }
    for tensor in read.tensors {
      let start = payload.count
      for value in tensor.values { payload.append(value.bitPattern) }
      members.append(
        .init(key: tensor.name, value: entry("F64", tensor.shape, start..<payload.count)))
    }
    let file = SafetensorsBuilder.file(header: JSON.object(members).text, payload: payload)
    do throws(InputError) {
      let again = try Safetensors(InputFile(Array(file)))
      require(again.metadata == read.metadata, "the metadata survives")
      for (a, b) in zip(again.tensors, read.tensors) {
        require(a.name == b.name && a.shape == b.shape, "names and shapes survive")
        require(a.values.elementsEqual(b.values), "every value survives")
      }
      require(again.tensors.count == read.tensors.count, "every tensor survives")
    } catch {
      fail("what was read can be written: \(error.description)")
    }
  }

  private static func entry(_ type: String, _ shape: [Int], _ range: Range<Int>) -> JSON {
    func numbers(_ values: [Int]) -> JSON { .array(values.map { .number("\($0)") }) }
    return .object([
      .init(key: "dtype", value: .string(type)), .init(key: "shape", value: numbers(shape)),
      .init(key: "data_offsets", value: numbers([range.lowerBound, range.upperBound])),
    ])
  }
}

// MARK: Mutation

extension SafetensorsTarget {
  private static let words = [
    "dtype", "shape", "data_offsets", "__metadata__", "network", "F64", "F32", "F16", "BF16", "I8",
    "BOOL", "a", "gru.weight_ih_l0", "gru.weight_hh_l0", "gru.bias_ih_l0", "gru.bias_hh_l0",
    "gru.weight_ih_l1", "kernel", "recurrent_kernel", "bias", "fc.weight", "fc.bias", "format",
  ]

  /// Edits the header as JSON, the data as bytes; sizes are made right half of the time.
  static func mutate(_ bytes: [UInt8], using random: inout SeededGenerator) -> [UInt8] {
    guard random.happens(3, in: 4), let (json, data) = parts(of: bytes) else {
      return mutateBytes(bytes)
    }
    var (header, payload) = (json, data)
    for _ in 0...Int.random(in: 0...2, using: &random) {
      if random.happens(1, in: 4) {
        payload = mutateBytes(payload)
      } else {
        header = header.edited(words, using: &random)
      }
    }
    if random.happens(1, in: 2) { (header, payload) = laidOut(header, payload) }
    let text = Array(header.text.utf8)
    let length = random.happens(1, in: 16) ? mutateBytes(Array(bytes.prefix(8))) : nil
    return (length ?? Array(Data(UInt64(text.count)))) + text + payload
  }

  private static func parts(of bytes: [UInt8]) -> (header: JSON, payload: [UInt8])? {
    guard bytes.count > 8,
      let length = Int(
        exactly: bytes.prefix(8).reversed().reduce(UInt64(0)) {
          $0 << 8 | UInt64($1)
        }), length <= bytes.count - 8, let header = try? JSON(Data(bytes[8..<8 + length]))
    else { return nil }
    return (header, Array(bytes[(8 + length)...]))
  }

  /// The same tensors, one behind the other, with as much data as they ask for.
  private static func laidOut(_ header: JSON, _ payload: [UInt8]) -> (JSON, [UInt8]) {
    guard let members = header.members else { return (header, payload) }
    let sizes = ["F64": 8, "F32": 4, "F16": 2, "BF16": 2]
    var end = 0
    let moved = members.map { member -> JSON.Member in
      guard let size = member.value["dtype"]?.string.flatMap({ sizes[$0] }),
        let shape = member.value["shape"]?.array?.compactMap(\.count),
        shape.allSatisfy({ $0 < 256 }), shape.count < 5, end < 1 << 12
      else { return member }
      let start = end
      end += min(1 << 12, shape.reduce(size, *))
      var copy = member
      copy.value = entry(member.value["dtype"]!.string!, shape, start..<end)
      return copy
    }
    return (
      .object(moved),
      Array(payload.prefix(end)) + Array(repeating: 0, count: max(0, end - payload.count))
    )
  }
}

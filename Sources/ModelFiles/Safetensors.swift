import Foundation

/// The tensors of a safetensors file, in the order of their data.
///
/// Layout: header length (8 bytes, little-endian), a JSON object of name → dtype, shape and
/// data_offsets, then the data, which the ranges fill without hole or overlap.
///
/// Source: https://github.com/huggingface/safetensors, "Format". Read more strictly than by its
/// authors' library: no duplicate names, `{` as the first byte.
public struct Safetensors {
  public let file: InputFile
  public let tensors: [Tensor]
  public let metadata: [String: String]

  static let headerLimit = 1 << 20
  static let rankLimit = 4
  static let dimensionLimit = 65_535

  public init(_ file: InputFile) throws(InputError) {
    self.file = file
    let (members, data) = try Self.header(of: file)
    try checkTensorCount(members.count { $0.key != "__metadata__" }, in: file)
    var metadata: [String: String] = [:]
    var entries: [Entry] = []
    for member in members {
      if member.key == "__metadata__" {
        metadata = try Self.metadata(member.value, in: file)
      } else {
        entries.append(try Entry(member, in: file))
      }
    }
    self.metadata = metadata
    entries.sort {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    try Self.checkCoverage(of: data, by: entries, in: file)

    var tensors: [Tensor] = []
    for entry in entries {
      let slice = data[
        data.startIndex + entry.range.lowerBound..<data.startIndex + entry.range.upperBound]
      let values = Elements(entry.type, slice)
      if let what = values.whatIsNotFinite {
        throw file.error("tensor '\(entry.name)' has \(what)")
      }
      tensors.append(
        Tensor(
          name: entry.name, shape: entry.shape, dtype: entry.type.rawValue, values: values))
    }
    self.tensors = tensors
  }

  /// The JSON header's members and the data after it.
  private static func header(of file: InputFile) throws(InputError) -> ([JSON.Member], Data) {
    let bytes = file.bytes
    guard bytes.count >= 8 else {
      throw file.error("has \(bytes.count) bytes, expected a safetensors header length of 8")
    }
    let length = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(headerLimit) else {
      try refuseOtherContainers(file)
      throw file.error("header has \(length) bytes, expected at most \(headerLimit)")
    }
    guard Int(length) <= bytes.count - 8 else {
      throw file.error("header has \(length) bytes, but the file ends after \(bytes.count - 8)")
    }
    let header = bytes.dropFirst(8).prefix(Int(length))
    guard header.first == UInt8(ascii: "{") else {
      throw file.error("header does not begin with '{' at byte 8")
    }
    let json: JSON
    do throws(JSON.SyntaxError) {
      json = try JSON(header)
    } catch {
      throw file.error("header \(error.message), at byte \(8 + error.offset)")
    }
    // The first byte is '{'.
    return (json.members ?? [], bytes.dropFirst(8 + Int(length)))
  }

  private static func metadata(
    _ value: JSON, in file: InputFile
  ) throws(InputError) -> [String: String] {
    var metadata: [String: String] = [:]
    guard let members = value.members else { throw file.error("__metadata__ is not an object") }
    for member in members {
      guard let text = member.value.string else {
        throw file.error("__metadata__: '\(member.key)' is not a string")
      }
      metadata[member.key] = text
    }
    return metadata
  }

  private static func checkCoverage(
    of data: Data, by entries: [Entry], in file: InputFile
  ) throws(InputError) {
    var end = 0
    var previous = ""
    for entry in entries {
      let start = entry.range.lowerBound
      guard start >= end else {
        throw file.error("tensors '\(previous)' and '\(entry.name)' overlap")
      }
      guard start == end else {
        throw file.error("\(start - end) bytes before tensor '\(entry.name)' belong to no tensor")
      }
      end = entry.range.upperBound
      previous = entry.name
    }
    guard end <= data.count else {
      throw file.error(
        "tensor '\(previous)' ends at byte \(end) of the data, but the file has only \(data.count)",
        notes: ["note: the file may have been cut off while it was copied"])
    }
    guard end == data.count else {
      throw file.error("\(data.count - end) bytes after the last tensor belong to no tensor")
    }
  }
}

/// One tensor's line in the header.
private struct Entry {
  let name: String
  let type: ElementType
  let shape: [Int]
  let range: Range<Int>

  init(_ member: JSON.Member, in file: InputFile) throws(InputError) {
    let name = member.key
    try checkTensorName(name, in: file)
    func wrong(_ what: String) -> InputError { file.error("tensor '\(name)' \(what)") }

    let keys = (member.value.members ?? []).map(\.key)
    guard Set(keys) == ["dtype", "shape", "data_offsets"] else {
      throw wrong("has the keys \(listed(keys)), expected dtype, shape and data_offsets")
    }
    let dtype = member.value["dtype"]?.string ?? "?"
    guard let type = ElementType(rawValue: dtype), type.isFloat else {
      throw wrong("has dtype \(dtype), expected F64, F32, F16 or BF16")
    }
    let dimensions = member.value["shape"]?.array ?? []
    let shape = dimensions.compactMap(\.count)
    guard member.value["shape"]?.array != nil, shape.count == dimensions.count,
      shape.count <= Safetensors.rankLimit,
      shape.allSatisfy({ (1...Safetensors.dimensionLimit).contains($0) })
    else {
      throw wrong(
        "has a wrong shape, expected at most \(Safetensors.rankLimit) whole numbers "
          + "from 1 to \(Safetensors.dimensionLimit)")
    }
    guard let offsets = member.value["data_offsets"]?.array, offsets.count == 2,
      let begin = offsets[0].count, let end = offsets[1].count, begin <= end
    else { throw wrong("has wrong data_offsets, expected two whole numbers, begin and end") }
    guard let count = elementCount(shape), count * type.size == end - begin else {
      throw wrong("has shape \(shape) of \(dtype), which \(end - begin) bytes of data don't fit")
    }
    self.name = name
    self.type = type
    self.shape = shape
    self.range = begin..<end
  }
}

public import Foundation

/// An array of NumPy's `.npy` format, in C order.
///
/// Layout: magic "\x93NUMPY", version, header length, a Python dictionary literal with `descr`,
/// `fortran_order` and `shape`, then the elements. The dictionary is matched, never evaluated.
///
/// Source: NumPy Enhancement Proposal 1, versions 1.0 and 2.0.
public struct NPY: Equatable {
  public var shape: [Int]
  public var isInteger: Bool
  public var values: [Double]

  static let headerLimit = 4096

  public init(shape: [Int], isInteger: Bool = false, values: [Double]) {
    self.shape = shape
    self.isInteger = isInteger
    self.values = values
  }

  public init(path: String) throws(InputError) {
    try self.init(InputFile(path: path))
  }

  /// - Throws: `InputError` for another container, another version, an element type that is no
  ///   little-endian number, a size that doesn't match, or a NaN or infinite element.
  public init(_ file: InputFile) throws(InputError) {
    let (text, data) = try Self.header(of: file)
    guard let header = Header(text) else {
      throw file.error(
        "npy header is \(quoted(text)), expected 'descr', 'fortran_order' and 'shape'")
    }
    guard let type = header.type else {
      throw file.error(
        "has elements of type '\(header.descr)', expected little-endian floats or integers",
        notes: ["hint: np.save(path, array.astype('<f4'))"])
    }
    guard header.shape.count <= 3, let count = elementCount(header.shape) else {
      throw file.error("has shape \(header.shape), expected at most 3 dimensions that fit a file")
    }
    guard data.count == count * type.size else {
      throw file.error(
        "has \(data.count) bytes of data, expected \(count * type.size) "
          + "for shape \(header.shape) of '\(header.descr)'")
    }
    let stored = type.values(in: data)
    if type.isFloat, let first = stored.firstIndex(where: { !$0.isFinite }) {
      throw file.error(
        "has \(stored.count { !$0.isFinite }) values that are NaN or infinite, "
          + "the first at index \(first), expected finite numbers")
    }
    shape = header.shape
    isInteger = !type.isFloat
    values = header.fortranOrder ? cOrder(stored, shape: header.shape) : stored
  }

  /// The file's bytes as float32 in C order, version 1.0.
  public static func float32(shape: [Int], _ values: [Double]) -> Data {
    let dimensions = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(dimensions)), }"
    // Magic, version and length take 10 bytes; the data starts at a multiple of 64.
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    var data = Data(magic) + [1, 0]
    withUnsafeBytes(of: UInt16(header.utf8.count).littleEndian) { data.append(contentsOf: $0) }
    data.append(contentsOf: header.utf8)
    for value in values {
      withUnsafeBytes(of: Float(value).bitPattern.littleEndian) { data.append(contentsOf: $0) }
    }
    return data
  }

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  private static func header(of file: InputFile) throws(InputError) -> (String, Data) {
    let bytes = file.bytes
    guard bytes.starts(with: magic), bytes.count >= 10 else {
      throw file.error(
        "is not an npy file: it does not begin with \\x93NUMPY",
        notes: ["hint: np.save(path, array)"])
    }
    let (version, minor) = (bytes[bytes.startIndex + 6], bytes[bytes.startIndex + 7])
    guard version == 1 || version == 2, minor == 0 else {
      throw file.error("is npy version \(version).\(minor), expected 1.0 or 2.0")
    }
    let lengthSize = version == 1 ? 2 : 4
    guard bytes.count >= 8 + lengthSize else { throw file.error("ends inside the npy header") }
    let length = bytes.dropFirst(8).prefix(lengthSize).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= headerLimit else {
      throw file.error("npy header has \(length) bytes, expected at most \(headerLimit)")
    }
    let rest = bytes.dropFirst(8 + lengthSize)
    guard rest.count >= length else { throw file.error("ends inside the npy header") }
    guard let text = String(data: rest.prefix(length), encoding: .ascii) else {
      throw file.error("npy header is not ASCII text")
    }
    return (text, rest.dropFirst(length))
  }
}

private func quoted(_ text: String) -> String {
  "'" + text.prefix(60).trimmingCharacters(in: .whitespacesAndNewlines) + "'"
}

/// The dictionary literal of an npy header.
private struct Header {
  var descr: String
  var fortranOrder: Bool
  var shape: [Int]

  /// The keys may come in any order, each once.
  init?(_ text: String) {
    let pattern =
      /\{\s*'(?<k1>\w+)':\s*(?<v1>'[^']*'|True|False|\([\d, ]*\)),\s*'(?<k2>\w+)':\s*(?<v2>'[^']*'|True|False|\([\d, ]*\)),\s*'(?<k3>\w+)':\s*(?<v3>'[^']*'|True|False|\([\d, ]*\)),?\s*\}\s*/
    guard let match = text.wholeMatch(of: pattern) else { return nil }
    let values = Dictionary(
      [(match.k1, match.v1), (match.k2, match.v2), (match.k3, match.v3)],
      uniquingKeysWith: { first, _ in first })
    guard values.count == 3, let descr = values["descr"], descr.hasPrefix("'"),
      let order = values["fortran_order"], order == "True" || order == "False",
      let shape = values["shape"], shape.hasPrefix("(")
    else { return nil }
    self.descr = String(descr.dropFirst().dropLast())
    fortranOrder = order == "True"
    let dimensions = shape.dropFirst().dropLast().split(separator: ",")
    self.shape = dimensions.compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
    guard self.shape.count == dimensions.count else { return nil }
  }

  var type: ElementType? {
    switch descr {
    case "<f8": .float64
    case "<f4": .float32
    case "<f2": .float16
    case "|i1": .int8
    case "|u1": .uint8
    case "<i2": .int16
    case "<u2": .uint16
    case "<i4": .int32
    case "<u4": .uint32
    case "<i8": .int64
    default: nil
    }
  }
}

/// Elements stored with the first index running fastest, put in C order.
private func cOrder(_ stored: [Double], shape: [Int]) -> [Double] {
  var result = stored
  for position in stored.indices {
    var rest = position
    var offset = 0
    var stride = stored.count
    for dimension in shape {
      stride /= dimension
      offset += rest % dimension * stride
      rest /= dimension
    }
    result[offset] = stored[position]
  }
  return result
}

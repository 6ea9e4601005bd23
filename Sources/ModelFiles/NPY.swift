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
  public var values: Elements

  static let headerLimit = 4096

  public init(shape: [Int], isInteger: Bool = false, values: [Double]) {
    self.shape = shape
    self.isInteger = isInteger
    self.values = Elements(values)
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
    let values = Elements(type, data, fortranShape: header.fortranOrder ? header.shape : nil)
    if type.isFloat, let what = values.whatIsNotFinite { throw file.error("has \(what)") }
    shape = header.shape
    isInteger = !type.isFloat
    self.values = values
  }

  /// What a file of version 1.0 begins with whose elements are float32 in C order.
  public static func float32Header(shape: [Int]) -> Data {
    let dimensions = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(dimensions)), }"
    // Magic, version and length take 10 bytes; the data starts at a multiple of 64.
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    var data = Data(magic) + [1, 0]
    withUnsafeBytes(of: UInt16(header.utf8.count).littleEndian) { data.append(contentsOf: $0) }
    data.append(contentsOf: header.utf8)
    return data
  }

  /// Elements as they follow that header.
  public static func float32Elements(_ values: some Collection<some BinaryFloatingPoint>) -> Data {
    var data = Data(capacity: 4 * values.count)
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

  /// The keys may come in any order, each once, and what is between them is Python: (2) is no
  /// tuple, 01 no number. Quantifiers give nothing back, so that no text takes long.
  init?(_ text: String) {
    let member =
      /'(\w+)'[ \t\n]*+:[ \t\n]*+('[^']*+'|True|False|\([ \t\n]*+(?:(?:0|[1-9]\d*+)[ \t\n]*+,[ \t\n]*+)*(?:0|[1-9]\d*+)?[ \t\n]*+\))/
    guard let start = text.prefixMatch(of: /\{[ \t\n]*+/) else { return nil }
    var (rest, values) = (text[start.range.upperBound...], [Substring: Substring]())
    while let match = rest.prefixMatch(of: member) {
      guard values.updateValue(match.2, forKey: match.1) == nil else { return nil }
      rest = rest[match.range.upperBound...]
      guard let comma = rest.prefixMatch(of: /[ \t\n]*+,[ \t\n]*+/) else { break }
      rest = rest[comma.range.upperBound...]
    }
    guard rest.wholeMatch(of: /[ \t\n]*+\}[ \t\n]*+/) != nil, values.count == 3,
      let descr = values["descr"], descr.hasPrefix("'"),
      let order = values["fortran_order"], order == "True" || order == "False",
      let shape = values["shape"], shape.hasPrefix("(")
    else { return nil }
    self.descr = String(descr.dropFirst().dropLast())
    fortranOrder = order == "True"
    let dimensions = shape.dropFirst().dropLast().split(separator: ",")
      .map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.filter { !$0.isEmpty }
    self.shape = dimensions.compactMap { Int($0) }
    guard self.shape.count == dimensions.count, dimensions.count != 1 || shape.contains(",") else {
      return nil
    }
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

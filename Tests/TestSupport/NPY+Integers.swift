public import Foundation
public import ModelFiles

extension NPY {
  /// A file of lengths, labels or tokens: a row of little-endian 32-bit integers.
  public static func int32(_ values: [Int32]) -> Data {
    var data = Data([0x93] + Array("NUMPY".utf8) + [1, 0])
    let header = "{'descr': '<i4', 'fortran_order': False, 'shape': (\(values.count),), }\n"
    withUnsafeBytes(of: UInt16(header.utf8.count).littleEndian) { data.append(contentsOf: $0) }
    data += Data(header.utf8)
    for value in values { withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) } }
    return data
  }
}

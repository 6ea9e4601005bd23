public import Foundation
import ModelFiles

/// Bytes of npy files, right or wrong on purpose.
public enum NPYBuilder {
  /// A file with exactly this header text and these bytes after it.
  public static func file(
    _ header: String, version: (UInt8, UInt8) = (1, 0), payload: Data = Data()
  ) -> Data {
    var data = Data([0x93]) + Data("NUMPY".utf8) + [version.0, version.1]
    if version.0 == 1 {
      data.append(UInt16(header.utf8.count))
    } else {
      data.append(UInt32(header.utf8.count))
    }
    return data + Data(header.utf8) + payload
  }

  public static func header(_ descr: String, _ shape: String, order: String = "False") -> String {
    "{'descr': '\(descr)', 'fortran_order': \(order), 'shape': \(shape), }\n"
  }

  /// One dimension of int64, or more by `shape`.
  public static func integers(_ values: [Int64], shape: [Int]? = nil) -> Data {
    let shape = (shape ?? [values.count]).map { "\($0)," }.joined(separator: " ")
    return file(header("<i8", "(\(shape))"), payload: values.reduce(into: Data()) { $0.append($1) })
  }

  public static func float32(
    shape: [Int], _ values: some Collection<some BinaryFloatingPoint>
  ) -> Data {
    NPY.float32Header(shape: shape) + NPY.float32Elements(values)
  }

  public static func floats(_ values: [Double], shape: [Int]) -> Data {
    let shape = shape.map { "\($0)," }.joined(separator: " ")
    return file(
      header("<f8", "(\(shape))"), payload: values.reduce(into: Data()) { $0.append($1.bitPattern) }
    )
  }
}

public import Foundation

/// Bytes of safetensors files, right or wrong on purpose.
public struct SafetensorsBuilder {
  /// Name, shape and float32 values of each tensor.
  public var tensors: [(name: String, shape: [Int], values: [Float])]
  public var metadata: [String: String] = [:]

  public init(_ tensors: [(name: String, shape: [Int], values: [Float])]) {
    self.tensors = tensors
  }

  /// A GRU with one layer, and a Linear where `outputs` is given.
  public static func gru(inputs: Int, hidden: Int, outputs: Int? = nil) -> SafetensorsBuilder {
    var generator = SeededGenerator(seed: 11)
    func values(_ count: Int) -> [Float] {
      (0..<count).map { _ in .random(in: -0.5...0.5, using: &generator) }
    }
    var tensors: [(String, [Int], [Float])] = [
      ("gru.weight_ih_l0", [3 * hidden, inputs], values(3 * hidden * inputs)),
      ("gru.weight_hh_l0", [3 * hidden, hidden], values(3 * hidden * hidden)),
      ("gru.bias_ih_l0", [3 * hidden], values(3 * hidden)),
      ("gru.bias_hh_l0", [3 * hidden], values(3 * hidden)),
    ]
    if let outputs {
      tensors.append(("fc.weight", [outputs, hidden], values(outputs * hidden)))
      tensors.append(("fc.bias", [outputs], values(outputs)))
    }
    return SafetensorsBuilder(tensors)
  }

  public mutating func rename(_ old: String, to new: String) {
    tensors = tensors.map { $0.name == old ? (new, $0.shape, $0.values) : $0 }
  }

  public mutating func remove(_ name: String) { tensors.removeAll { $0.name == name } }

  /// Gives a tensor another shape, filled with ones.
  public mutating func reshape(_ name: String, _ shape: [Int]) {
    tensors = tensors.map {
      $0.name == name
        ? (name, shape, Array(repeating: 1, count: shape.reduce(1, *))) : $0
    }
  }

  public var data: Data {
    var header = "{"
    if !metadata.isEmpty {
      let pairs = metadata.map { "\"\($0)\":\"\($1)\"" }.joined(separator: ",")
      header += "\"__metadata__\":{\(pairs)},"
    }
    var payload = Data()
    var entries: [String] = []
    for tensor in tensors {
      let start = payload.count
      for value in tensor.values {
        withUnsafeBytes(of: value.bitPattern.littleEndian) { payload.append(contentsOf: $0) }
      }
      entries.append(
        "\"\(tensor.name)\":{\"dtype\":\"F32\",\"shape\":\(tensor.shape),"
          + "\"data_offsets\":[\(start),\(payload.count)]}")
    }
    header += entries.joined(separator: ",") + "}"
    return Self.file(header: header, payload: payload)
  }

  /// A file with exactly this header and these bytes after it.
  public static func file(header: String, payload: Data = Data()) -> Data {
    var data = Data()
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { data.append(contentsOf: $0) }
    return data + Data(header.utf8) + payload
  }
}

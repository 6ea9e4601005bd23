/// The tensors of one layer: those whose names begin with its prefix.
struct LayerTensors {
  let file: InputFile
  let prefix: String
  /// Of the whole file, to suggest another one.
  private let prefixes: [String]
  /// By their names after the prefix, with `.` between parts; TensorFlow's ":0" is left away.
  private let tensors: [String: Tensor]

  init(_ source: TensorFile, prefix: String) throws(InputError) {
    file = source.file
    self.prefix = prefix
    prefixes = source.prefixes
    var tensors: [String: Tensor] = [:]
    let start = prefix.isEmpty ? "" : prefix.replacing("/", with: ".") + "."
    for tensor in source.tensors {
      var name = tensor.name.replacing("/", with: ".")
      if name.hasSuffix(":0") { name = String(name.dropLast(2)) }
      guard name.hasPrefix(start) else { continue }
      name = String(name.dropFirst(start.count))
      if let other = tensors.updateValue(tensor, forKey: name) {
        throw source.file.error(
          "tensors '\(other.name)' and '\(tensor.name)' are both the layer's '\(name)'")
      }
    }
    self.tensors = tensors
  }

  /// Names after the prefix.
  var names: [String] { tensors.keys.sorted() }

  func has(_ name: String) -> Bool { tensors[name] != nil }

  /// A tensor's name as the file has it, for messages.
  func fullName(_ name: String) -> String {
    tensors[name]?.name ?? (prefix.isEmpty ? name : "\(prefix).\(name)")
  }

  func tensor(_ name: String) throws(InputError) -> Tensor {
    guard let tensor = tensors[name] else {
      throw file.error(
        "tensor '\(fullName(name))' is missing",
        notes: ["note: '\(prefix)' has \(listed(names))"]
          + (names.isEmpty ? suggestion(for: prefix, among: prefixes) : []))
    }
    return tensor
  }

  /// A tensor of two dimensions.
  func matrix(_ name: String) throws(InputError) -> StoredMatrix {
    let tensor = try tensor(name)
    guard tensor.shape.count == 2 else {
      throw file.error(
        "tensor '\(tensor.name)' has shape \(tensor.shape), expected two dimensions")
    }
    return StoredMatrix(rows: tensor.shape[0], columns: tensor.shape[1], tensor.values)
  }

  func matrix(_ name: String, rows: Int, columns: Int) throws(InputError) -> StoredMatrix {
    let matrix = try matrix(name)
    guard matrix.rows == rows, matrix.columns == columns else {
      throw shapeError(name, expected: [rows, columns])
    }
    return matrix
  }

  /// A tensor of exactly `count` values in one dimension, zeros where it is missing.
  func bias(_ name: String, count: Int) throws(InputError) -> [Double] {
    guard let tensor = tensors[name] else { return Array(repeating: 0, count: count) }
    guard tensor.shape == [count] else { throw shapeError(name, expected: [count]) }
    return Array(tensor.values)
  }

  func shapeError(_ name: String, expected: [Int], notes: [String] = []) -> InputError {
    file.error(
      "tensor '\(fullName(name))' has shape \(tensors[name]?.shape ?? []), expected \(expected)",
      notes: notes)
  }

  /// Either both or none of two tensors.
  func requireBothOrNone(_ a: String, _ b: String) throws(InputError) {
    for (there, missing) in [(a, b), (b, a)] where has(there) && !has(missing) {
      throw file.error(
        "tensor '\(fullName(missing))' is missing, although '\(fullName(there))' exists")
    }
  }

  /// A stack of gate blocks that says by its height what cell it is.
  func refuseOtherCells(
    _ name: String, blocks rows: Int, hidden: Int
  ) throws(InputError) {
    let kinds = [1: "a plain RNN: H", 2: "a cell of two gates: 2H", 4: "an LSTM: 4H"]
    guard rows != 3 * hidden, rows % hidden == 0, let kind = kinds[rows / hidden] else { return }
    throw file.error(
      "tensor '\(fullName(name))' has shape \(tensors[name]?.shape ?? []), expected 3H = "
        + "\(3 * hidden) rows of gates; it looks like \(kind) rows")
  }
}

/// Block `index` of blocks of `size` values.
func block(_ values: [Double], _ index: Int, _ size: Int) -> [Double] {
  Array(values[index * size..<(index + 1) * size])
}

import ModelFiles

/// Widths of one gate's two matrices; W's is int16 where tokens have a table.
struct CellFormats: Hashable, Comparable, Sendable {
  var input: WeightFormat
  var recurrent: WeightFormat

  init(input: WeightFormat, recurrent: WeightFormat) {
    self.input = input
    self.recurrent = recurrent
  }

  init(_ widths: Widths, layer: Int, _ gate: GateIndex) {
    input = widths[layer, Widths.Block.Part.input[gate]]
    recurrent = widths[layer, Widths.Block.Part.recurrent[gate]]
  }

  var hasInt8: Bool { input == .int8 || recurrent == .int8 }

  static func < (a: CellFormats, b: CellFormats) -> Bool {
    (a.input.size, a.recurrent.size) < (b.input.size, b.recurrent.size)
  }
}

/// One gate's matrices and biases as rows, one for each unit.
struct CellRows: Sendable {
  private let input: RealMatrix?
  private let recurrent: RealMatrix
  private let bias: [Double]
  private let recurrentBias: [Double]?
  let columns: RowColumns

  init(_ layer: GRULayer, readsTokens: Bool, _ gate: GateIndex) {
    input = readsTokens ? nil : layer.input[gate]
    recurrent = layer.recurrent[gate]
    bias = layer.bias[gate]
    recurrentBias = gate == .candidate && layer.reset == .after ? layer.recurrentBias : nil
    columns = RowColumns(
      input: input?.columns ?? 0, recurrent: layer.hiddenSize,
      hasRecurrentBias: recurrentBias != nil)
  }

  /// What rounding made of them.
  init(_ gate: RoundedGate) {
    input = gate.input?.values
    recurrent = gate.recurrent.values
    bias = gate.bias
    recurrentBias = gate.recurrentBias.isEmpty ? nil : gate.recurrentBias
    columns = RowColumns(
      input: input?.columns ?? 0, recurrent: recurrent.columns,
      hasRecurrentBias: recurrentBias != nil)
  }

  func row(_ unit: Int) -> [Double] {
    (input.map { Array($0.row(unit)) } ?? []) + recurrent.row(unit) + [bias[unit]]
      + (recurrentBias.map { [$0[unit]] } ?? [])
  }

  /// The groups of a row, W's first.
  func groups(
    _ row: [Double], _ formats: CellFormats, _ steps: RoundingSteps
  ) -> [RoundedRow.Group] {
    func group(_ columns: Range<Int>, _ format: WeightFormat) -> RoundedRow.Group {
      RoundedRow.Group(row[columns], at: columns, format, steps: steps)
    }
    let recurrent = group(columns.recurrent, formats.recurrent)
    return input == nil ? [recurrent] : [group(columns.input, formats.input), recurrent]
  }

  func gate(_ rows: [RoundedRow], _ formats: CellFormats) -> RoundedGate {
    func matrix(_ columns: Range<Int>, _ format: WeightFormat) -> RoundedMatrix {
      var matrix = RoundedMatrix(format: format, columns: columns.count)
      for row in rows {
        let group = row.groups.first { $0.columns == columns }!
        matrix.append(row.integers(of: group), scale: group.scale)
      }
      return matrix
    }
    return RoundedGate(
      input: input == nil ? nil : matrix(columns.input, formats.input),
      recurrent: matrix(columns.recurrent, formats.recurrent),
      bias: rows.map { $0.values[columns.bias] },
      recurrentBias: columns.recurrentBias.map { column in rows.map { $0.values[column] } } ?? [])
  }
}

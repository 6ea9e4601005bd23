public import FloatGRU
public import ModelFiles

/// Rounds a network's weights, in one of three ways.
public struct Rounder: Sendable {
  public enum Method: String, Sendable, CaseIterable {
    /// Each weight at its nearest integer.
    case nearest
    /// Errors make up for each other in the sums that the calibration data leads to: W, U and bias
    /// of a row together.
    case compensated
    /// The same, in what those sums do to the state through time.
    case tuned
  }

  let network: Network
  public let method: Method
  private let steps: RoundingSteps
  private let cells: [CellTraces?]
  private let dense: [DenseTraces?]
  private let progress: @Sendable (Double) -> Void

  /// - Parameters:
  ///   - recording: the float run over the calibration data, which `.nearest` ignores.
  ///   - progress: is told the share of the layers that is done.
  public init(
    _ network: Network, _ method: Method, _ recording: Recording,
    progress: @escaping @Sendable (Double) -> Void = { _ in }
  ) {
    self.init(network, method, recording, steps: .all, progress: progress)
  }

  package init(
    _ network: Network, _ method: Method, _ recording: Recording, steps: RoundingSteps,
    progress: @escaping @Sendable (Double) -> Void = { _ in }
  ) {
    self.steps = steps
    self.progress = progress
    self.network = network
    self.method = method
    let needsTraces = method != .nearest && recording.steps > 0
    cells = network.layers.enumerated().map { index, layer in
      guard needsTraces, case .gru(let gru) = layer else { return nil }
      return CellTraces(gru, at: index, in: recording)
    }
    dense = network.layers.enumerated().map { index, layer in
      guard needsTraces, case .dense(let dense) = layer else { return nil }
      return DenseTraces(dense, at: index, in: recording)
    }
  }

  /// Rounds for all of these widths; a row that several share is rounded once.
  public func choices(for widths: [Widths]) -> RoundingChoices {
    RoundingChoices(
      layers: network.layers.enumerated().map { index, layer in
        switch layer {
        case .embedding: return .embedding
        case .gru(let gru):
          var gates = Gates<[CellFormats: RoundedGate]>(reset: [:], update: [:], candidate: [:])
          for gate in GateIndex.allCases {
            let formats = Set(widths.map { CellFormats($0, layer: index, gate) })
            report(index, gate)
            gates[gate] = round(gru, at: index, gate, formats.sorted())
          }
          return .cell(gates)
        case .dense(let dense):
          let formats = Set(widths.map { $0[index, .dense] })
          return .dense(
            Dictionary(uniqueKeysWithValues: formats.map { ($0, round(dense, at: index, $0)) }))
        }
      })
  }

  private func report(_ layer: Int, _ gate: GateIndex) {
    progress((Double(layer) + Double(gate.rawValue) / 3) / Double(network.layers.count))
  }

  public func round(_ widths: Widths) -> RoundedNetwork {
    choices(for: [widths]).network(widths)
  }

  private func round(
    _ layer: GRULayer, at index: Int, _ gate: GateIndex, _ formats: [CellFormats]
  ) -> [CellFormats: RoundedGate] {
    let rows = CellRows(layer, readsTokens: network.readsTokens && index == 0, gate)
    let traces = cells[index]
    let shared = method == .compensated ? traces?.sharedGram(of: gate) : nil
    let rounded = concurrentMap(layer.hiddenSize) { unit -> [RoundedRow] in
      let row = rows.row(unit)
      var gram = shared
      return formats.map { formats in
        var result = RoundedRow(row, groups: rows.groups(row, formats, steps), steps: steps)
        // Nothing that 16 bits lose is worth making up for.
        guard let traces, !result.isExact, formats.hasInt8 else { return result }
        gram = gram ?? traces.gram(of: gate, unit: unit)
        result.compensate(row, gram!.damped(result.groups))
        return result
      }
    }
    return Dictionary(
      uniqueKeysWithValues: formats.enumerated().map { choice, formats in
        (formats, rows.gate(rounded.map { $0[choice] }, formats))
      })
  }

  private func round(
    _ layer: DenseLayer, at index: Int, _ format: WeightFormat
  ) -> (weights: RoundedMatrix, bias: [Double]) {
    let width = layer.weights.columns
    let traces = format == .int8 ? dense[index] : nil
    let shared = traces.flatMap { $0.isShared ? $0.gram(row: 0) : nil }
    let rounded = concurrentMap(layer.weights.rows) { index -> RoundedRow in
      let weights = layer.weights.row(index)
      let row = Array(weights) + [layer.bias[index]]
      let group = RoundedRow.Group(weights, at: 0..<width, format, steps: steps)
      var result = RoundedRow(row, groups: [group], steps: steps)
      guard let traces, !result.isExact else { return result }
      let gram = shared ?? traces.gram(row: index)
      result.compensate(row, gram.damped(result.groups))
      return result
    }
    var weights = RoundedMatrix(format: format, columns: width)
    for row in rounded {
      weights.append(row.integers(of: row.groups[0]), scale: row.groups[0].scale)
    }
    return (weights, rounded.map { $0.values[width] })
  }
}

// MARK: Through time

extension Rounder {
  /// Moves the rounded cells towards taking back what is left of their error.
  ///
  /// Each row makes the loss of its traces smallest for its state's remaining error e: the terms
  /// that compensation starts from, and 2·e·f. As all rows move at once and each counts on
  /// the whole error, only a share of it is asked from each.
  ///
  /// - Parameters:
  ///   - errors: of each cell, float state minus fixed-point state, steps × H.
  ///   - share: of the error, between 0 and 1.
  public func refined(
    _ rounded: RoundedNetwork, errors: [[Float]?], share: Double
  ) -> RoundedNetwork {
    var result = rounded
    for (index, layer) in network.layers.enumerated() {
      guard case .gru(let layer) = layer, let traces = cells[index], let errors = errors[index],
        case .cell(var gates) = rounded.layers[index]
      else { continue }
      for gate in GateIndex.allCases {
        gates[gate] = refined(
          gates[gate], gate, layer, traces, errors, share,
          readsTokens: network.readsTokens && index == 0)
      }
      result.layers[index] = .cell(gates)
    }
    return result
  }

  private func refined(
    _ rounded: RoundedGate, _ gate: GateIndex, _ layer: GRULayer, _ traces: CellTraces,
    _ errors: [Float], _ share: Double, readsTokens: Bool
  ) -> RoundedGate {
    let rows = CellRows(layer, readsTokens: readsTokens, gate)
    let now = CellRows(rounded)
    let matrices = [rounded.input, rounded.recurrent].compactMap(\.self)
    let formats = CellFormats(
      input: rounded.input?.format ?? .int16, recurrent: rounded.recurrent.format)
    guard formats.hasInt8 else { return rounded }
    let size = layer.hiddenSize
    let moved = concurrentMap(size) { unit -> RoundedRow in
      let row = rows.row(unit)
      var groups = rows.groups(row, formats, steps)
      for index in groups.indices { groups[index].scale = matrices[index].scales[unit] }
      var result = RoundedRow(rounded: now.row(unit), groups: groups, steps: steps)
      guard !result.isExact else { return result }
      let gram = traces.gram(of: gate, unit: unit)
      let damped = gram.damped(result.groups)
      let error = stride(from: unit, to: errors.count, by: size).map { errors[$0] }
      let projection = traces.projection(of: gate, unit: unit, on: error)
      // Damping holds the row at the float weights, wherever it is now.
      let held = zip(damped(row), gram(row)).map(-)
      let here = gram(result.values)
      let pull = row.indices.map { here[$0] + share * projection[$0] + held[$0] }
      result.descend(damped, toward: pull)
      return result
    }
    return rows.gate(moved, formats)
  }
}

// MARK: Rows of a cell

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
private struct CellRows: Sendable {
  private let input: RealMatrix?
  private let recurrent: RealMatrix
  private let bias: [Double]
  private let recurrentBias: [Double]?
  private let columns: RowColumns

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

/// What `Rounder` made of every gate and dense layer, in every width that was asked for.
public struct RoundingChoices: Sendable {
  enum Layer: Sendable {
    case embedding
    case cell(Gates<[CellFormats: RoundedGate]>)
    case dense([WeightFormat: (weights: RoundedMatrix, bias: [Double])])
  }

  let layers: [Layer]

  /// - Precondition: each gate's pair of widths was among those that were asked for.
  public func network(_ widths: Widths) -> RoundedNetwork {
    RoundedNetwork(
      layers: layers.enumerated().map { index, layer in
        switch layer {
        case .embedding: return .embedding
        case .cell(let gates):
          func gate(_ gate: GateIndex) -> RoundedGate {
            gates[gate][CellFormats(widths, layer: index, gate)]!
          }
          return .cell(
            Gates(reset: gate(.reset), update: gate(.update), candidate: gate(.candidate)))
        case .dense(let formats):
          let dense = formats[widths[index, .dense]]!
          return .dense(weights: dense.weights, bias: dense.bias)
        }
      })
  }
}

extension SymmetricMatrix {
  /// The share of the mean diagonal that is added to all of it, so that directions which the data
  /// never shows stay in bounds; biases get next to nothing.
  private static let damping = (weights: 0.01, biases: 1e-6)

  /// Group by group, as their units differ.
  func damped(_ groups: [RoundedRow.Group]) -> SymmetricMatrix {
    var result = self
    func mean(_ columns: Range<Int>) -> Double {
      columns.reduce(0) { $0 + self[$1, $1] } / Double(max(columns.count, 1))
    }
    func add(_ value: Double, to columns: Range<Int>) {
      for column in columns { result[column, column] += value }
    }
    let smallest = max(mean(0..<size) * Self.damping.biases, Double.leastNormalMagnitude)
    for group in groups {
      add(max(Self.damping.weights * mean(group.columns), smallest), to: group.columns)
    }
    add(smallest, to: (groups.map(\.columns.upperBound).max() ?? 0)..<size)
    return result
  }
}

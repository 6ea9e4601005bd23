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
  ///   - run: over the calibration data; `.nearest` ignores it.
  ///   - progress: is told the share of the layers that is done.
  public init(
    _ network: Network, _ method: Method, _ run: TracedRecording,
    progress: @escaping @Sendable (Double) -> Void = { _ in }
  ) {
    self.init(network, method, run, steps: .all, progress: progress)
  }

  package init(
    _ network: Network, _ method: Method, _ run: TracedRecording,
    steps: RoundingSteps,
    progress: @escaping @Sendable (Double) -> Void = { _ in }
  ) {
    self.steps = steps
    self.progress = progress
    self.network = network
    self.method = method
    let needsTraces = method != .nearest && run.steps > 0
    cells = network.layers.enumerated().map { index, layer in
      guard needsTraces, case .gru(let gru) = layer else { return nil }
      let traces = CellTraces(gru, at: index, in: run)
      return traces.columns(of: .candidate).count <= Self.longestRow ? traces : nil
    }
    dense = network.layers.enumerated().map { index, layer in
      guard needsTraces, case .dense(let dense) = layer else { return nil }
      let traces = DenseTraces(dense, at: index, in: run)
      return traces.columns <= Self.longestRow ? traces : nil
    }
  }

  /// Columns of a row; longer ones keep their nearest integers, as their second moments would fill
  /// the memory.
  private static let longestRow = 1_040

  /// Bytes of a row's second moments: as gathered, damped, and as a factor.
  private static func momentsSize(_ columns: Int) -> Int {
    3 * MemoryLayout<Double>.size * columns * columns
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
    let size = Self.momentsSize(rows.columns.count)
    let rounded = concurrentMap(layer.hiddenSize, ofSize: size) { unit -> [RoundedRow] in
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
    let size = Self.momentsSize(width + 1)
    let rounded = concurrentMap(layer.weights.rows, ofSize: size) { index -> RoundedRow in
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
  /// Moves one gate of the rounded cells towards taking back what is left of their error.
  ///
  /// Each row makes the loss of its traces smallest for its state's remaining error e: the terms
  /// that compensation starts from, and 2·e·f. As all units move at once and each counts on the
  /// whole error, only a share of it is asked from each.
  ///
  /// - Parameters:
  ///   - errors: of each cell, float state minus fixed-point state, steps × H.
  ///   - share: of the error, between 0 and 1.
  public func refined(
    _ rounded: RoundedNetwork, _ gate: GateIndex, errors: [[Float]?], share: Double
  ) -> RoundedNetwork {
    var result = rounded
    for (index, layer) in network.layers.enumerated() {
      guard case .gru(let layer) = layer, let traces = cells[index], let errors = errors[index],
        case .cell(var gates) = rounded.layers[index]
      else { continue }
      gates[gate] = refined(
        gates[gate], gate, layer, traces, errors, share,
        readsTokens: network.readsTokens && index == 0)
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
    let hidden = layer.hiddenSize
    let size = Self.momentsSize(rows.columns.count)
    let moved = concurrentMap(hidden, ofSize: size) { unit -> RoundedRow in
      let row = rows.row(unit)
      var groups = rows.groups(row, formats, steps)
      for index in groups.indices { groups[index].scale = matrices[index].scales[unit] }
      var result = RoundedRow(rounded: now.row(unit), groups: groups, steps: steps)
      guard !result.isExact else { return result }
      let gram = traces.gram(of: gate, unit: unit)
      let damped = gram.damped(result.groups)
      let error = stride(from: unit, to: errors.count, by: hidden).map { errors[$0] }
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

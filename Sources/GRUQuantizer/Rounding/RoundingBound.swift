import Foundation
package import ModelFiles

/// What int8 rounding of single rows can gain at most.
///
/// At a given scale s the integers of a row are a lattice in the metric of G, and the real weights
/// may lie anywhere in it. With A·Aᵀ = G, whatever integers are taken leave of k columns, those that
/// come first in A's order, k·Nₖ·(Π (s·Aⱼⱼ)²)^(1/k) on the mean over all places; Nₖ is what a ball
/// of k dimensions would leave, as no cell of a lattice is rounder. Nearest integers leave
/// Σ s²·Gⱼⱼ/12.
///
/// Source: Conway and Sloane, "Sphere Packings, Lattices and Groups", chapter 2; Zador 1982.
package enum RoundingBound {
  /// dB that each cell's state could gain if its rows were rounded in the best way, each for itself;
  /// nil for other layers, and where there is nothing to gain.
  package static func gains(of network: Network, _ run: TracedRecording) -> [Double?] {
    network.layers.enumerated().map { index, layer in
      guard case .gru(let cell) = layer else { return nil }
      let traces = CellTraces(cell, at: index, in: run)
      var sums = Losses()
      for gate in GateIndex.allCases {
        let rows = CellRows(cell, readsTokens: network.readsTokens && index == 0, gate)
        let losses = concurrentMap(cell.hiddenSize) { unit in
          Losses(of: rows, unit, traces.gram(of: gate, unit: unit))
        }
        for loss in losses {
          sums.nearest += loss.nearest
          sums.least += loss.least
        }
      }
      return sums.least > 0 ? 10 * log10(sums.nearest / sums.least) : nil
    }
  }

  /// Expected losses.
  private struct Losses {
    var nearest = 0.0
    var least = 0.0

    init() {}

    init(of rows: CellRows, _ unit: Int, _ gram: SymmetricMatrix) {
      let row = rows.row(unit)
      let groups = rows.groups(row, CellFormats(input: .int8, recurrent: .int8), .all)
      let plain = RoundedRow(row, groups: groups)
      let units = row.indices.map { plain.group(of: $0)?.scale ?? 1 }
      let weights = groups.filter { !$0.isExact }.flatMap { Array($0.columns) }
      let biases = Array((groups.map(\.columns.upperBound).max() ?? 0)..<row.count)
      guard !weights.isEmpty,
        let factor = gram.damped(groups, by: 0).upperFactor(of: [weights, biases], units: units)
      else { return }
      nearest = weights.reduce(0) { $0 + gram[$1, $1] * units[$1] * units[$1] } / 12
      var logarithms = 0.0
      for (index, column) in factor.columns.prefix(weights.count).enumerated() {
        let length = factor.values[index * factor.columns.count + index] * units[column]
        logarithms += 2 * log(length)
        let count = Double(index + 1)
        least = max(least, count * exp(logarithms / count) * Self.ofBall(count))
      }
    }

    /// The second moment of a ball of volume 1, per dimension: 1/12 in one, 1/(2πe) in the end.
    private static func ofBall(_ dimensions: Double) -> Double {
      exp(lgamma(dimensions / 2 + 1) * 2 / dimensions) / ((dimensions + 2) * .pi)
    }
  }
}

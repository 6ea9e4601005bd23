import FloatGRU
import ModelFiles

/// What `CellTraces` gathers and keeps at each step, steps × H.
struct CellGains: Sendable {
  /// k
  private(set) var gains: Gates<[Float]>
  /// z
  private(set) var update: [Float]
  /// r, where it acts on the recurrent product: reset after.
  private(set) var reset: [Float] = []
  /// r ⊙ h, which the candidate reads under reset before.
  private(set) var gated: [Float] = []
  /// What a reset gate's trace keeps under reset before.
  private(set) var resetKeeps: [Float] = []

  private let candidate: Activation
  let resetsAfter: Bool
  /// Un ⊙ Un, under reset before.
  private let squares: [Float]

  init(_ layer: GRULayer, steps: Int) {
    candidate = layer.candidate
    resetsAfter = layer.reset == .after
    squares = resetsAfter ? [] : layer.recurrent.candidate.values.map { Float($0 * $0) }
    var empty: [Float] = []
    empty.reserveCapacity(steps * layer.hiddenSize)
    update = empty
    gains = Gates(reset: empty, update: empty, candidate: empty)
    if resetsAfter { reset = empty } else { (gated, resetKeeps) = (empty, empty) }
  }

  /// Adds the next step.
  ///
  /// - Parameter before: h before it.
  mutating func append(_ before: [Double], _ step: FloatCell.Step) {
    let (h, r) = (before.map { Float($0) }, step.gates.reset.map { Float($0) })
    let (z, n) = (step.gates.update.map { Float($0) }, step.gates.candidate.map { Float($0) })
    let candidate = z.indices.map { (1 - z[$0]) * slope(n[$0]) }
    gains.candidate += candidate
    gains.update += z.indices.map { (h[$0] - n[$0]) * z[$0] * (1 - z[$0]) }
    update += z
    if resetsAfter {
      let c = step.recurrentCandidate.map { Float($0) }
      gains.reset += z.indices.map { candidate[$0] * c[$0] * r[$0] * (1 - r[$0]) }
      reset += r
    } else {
      let reach = reach(candidate, z)
      gains.reset += z.indices.map { h[$0] * r[$0] * (1 - r[$0]) * reach.gain[$0] }
      resetKeeps += reach.keep
      gated += zip(h, r).map(*)
    }
  }

  /// φ′, by what φ gave.
  private func slope(_ n: Float) -> Float { candidate == .relu ? (n > 0 ? 1 : 0) : 1 - n * n }

  /// For each unit j: √Σ kᵢ²·Uᵢⱼ², and the mean of zᵢ weighed by its terms.
  private func reach(_ gains: [Float], _ z: [Float]) -> (gain: [Float], keep: [Float]) {
    let size = z.count
    var (power, kept) = ([Float](repeating: 0, count: size), [Float](repeating: 0, count: size))
    for unit in 0..<size {
      let square = gains[unit] * gains[unit]
      let weighed = square * z[unit]
      for column in 0..<size {
        power[column] += square * squares[unit * size + column]
        kept[column] += weighed * squares[unit * size + column]
      }
    }
    return (power.map { $0.squareRoot() }, zip(kept, power).map { $1 > 0 ? $0 / $1 : 0 })
  }
}

import Foundation
public import ModelFiles

/// One gated recurrent unit layer in Double: the truth everything else is compared with.
public struct FloatCell {
  public let layer: GRULayer

  /// What one step computes, each of length H.
  public struct Step: Equatable {
    /// The sums that σ and φ read.
    public var sums: Gates<[Double]>
    /// r, z and n.
    public var gates: Gates<[Double]>
    /// Un·h + cn under reset after, Un·(r ⊙ h) under reset before.
    public var recurrentCandidate: [Double]
    /// h after the step.
    public var hidden: [Double]
  }

  public init(_ layer: GRULayer) { self.layer = layer }

  /// One time step.
  ///
  ///     r = σ(Wr·x + Ur·h + br)
  ///     z = σ(Wz·x + Uz·h + bz)
  ///     n = φ(Wn·x + bn + r ⊙ (Un·h + cn))      reset after
  ///     n = φ(Wn·x + bn + Un·(r ⊙ h))           reset before
  ///     h ← (1 − z) ⊙ n + z ⊙ h
  public func step(_ x: [Double], hidden h: [Double]) -> Step {
    let (w, u, b) = (layer.input, layer.recurrent, layer.bias)
    let resetSum = sum(w.reset(x), u.reset(h), b.reset)
    let updateSum = sum(w.update(x), u.update(h), b.update)
    let r = resetSum.map(sigmoid)
    let z = updateSum.map(sigmoid)

    let recurrent: [Double] =
      switch layer.reset {
      case .after: sum(u.candidate(h), layer.recurrentBias)
      case .before: u.candidate(product(r, h))
      }
    let gated = layer.reset == .after ? product(r, recurrent) : recurrent
    let candidateSum = sum(w.candidate(x), gated, b.candidate)
    let n = candidateSum.map(layer.candidate.function)
    let next = h.indices.map { (1 - z[$0]) * n[$0] + z[$0] * h[$0] }
    return Step(
      sums: Gates(reset: resetSum, update: updateSum, candidate: candidateSum),
      gates: Gates(reset: r, update: z, candidate: n), recurrentCandidate: recurrent,
      hidden: next)
  }
}

/// σ(x) = 1 / (1 + e^−x)
public func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

extension Activation {
  /// The function on one value; softmax leaves its logits as they are.
  public var function: (Double) -> Double {
    switch self {
    case .none, .softmax: { $0 }
    case .relu: { max(0, $0) }
    case .tanh: { Foundation.tanh($0) }
    case .sigmoid: { FloatGRU.sigmoid($0) }
    }
  }
}

private func sum(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map(+) }

private func sum(_ a: [Double], _ b: [Double], _ c: [Double]) -> [Double] { sum(sum(a, b), c) }

private func product(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map(*) }

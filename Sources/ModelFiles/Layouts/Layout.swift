/// How a framework names, shapes and orders a GRU's tensors.
///
/// Gate order cannot be seen from shapes: it follows from the names, and is printed.
public enum Layout: String, Sendable, CaseIterable {
  case pytorch
  case pytorchCell = "pytorch_cell"
  case keras
  case onnx
  case flaxLinen = "flax_linen"
  case flaxNNX = "flax_nnx"
  case equinox
  case haiku
  case tf1
  case matlab

  /// The stored order of the gates, as the framework calls them.
  public var order: String {
    switch self {
    case .pytorch, .pytorchCell, .flaxNNX, .equinox: "r, z, n"
    case .keras, .onnx: "z, r, h"
    case .flaxLinen: "r, z, n by name"
    case .haiku: "z, r, a"
    case .tf1: "r, u, c"
    case .matlab: "r, z, h"
    }
  }

  /// Whether the framework's update gate takes the candidate (h ← z·n + (1 − z)·h).
  var update: UpdateMode { self == .haiku ? .updates : .keeps }

  /// The layout that a layer's tensor names belong to.
  static func detect(_ tensors: LayerTensors) -> Layout? {
    let signatures: [(Layout, [String])] = [
      (.pytorch, ["weight_hh_l0"]), (.pytorch, ["weight_ih_l0"]),
      (.equinox, ["weight_hh", "bias"]), (.equinox, ["weight_hh", "bias_n"]),
      (.pytorchCell, ["weight_hh"]), (.keras, ["recurrent_kernel"]), (.onnx, ["W", "R"]),
      (.flaxLinen, ["hn.kernel"]), (.flaxNNX, ["dense_h.kernel"]), (.haiku, ["w_i", "w_h"]),
      (.tf1, ["w_ru"]), (.matlab, ["RecurrentWeights"]),
    ]
    return signatures.first { $0.1.allSatisfy(tensors.has) }?.0
  }

  /// The tensor name by which a layer of each layout is found in a file.
  static let landmarks = [
    "weight_hh_l0", "weight_ih_l0", "weight_hh", "recurrent_kernel", "R", "hn.kernel",
    "dense_h.kernel", "w_h", "w_ru", "RecurrentWeights",
  ]
}

/// Which way z turns.
public enum UpdateMode: String, Sendable, CaseIterable {
  /// h ← (1 − z) ⊙ n + z ⊙ h
  case keeps
  /// h ← z ⊙ n + (1 − z) ⊙ h
  case updates
}

/// A GRU's tensors sorted into gates, H rows each, before biases are folded and z is turned.
struct SortedCell {
  /// W: H × I each.
  var input: Gates<StoredMatrix>
  /// U: H × H each.
  var recurrent: Gates<StoredMatrix>
  var inputBias: Gates<[Double]>
  var recurrentBias: Gates<[Double]>
  /// The framework's default, or what the shapes tell.
  var reset: ResetMode
  /// Whether the stored input matrix is square, so that a transpose could not be seen.
  var hasSquareInput: Bool

  var weights: Int { (input.inOrder + recurrent.inOrder).reduce(0) { $0 + $1.count } }

  /// The canonical layer.
  ///
  /// σ(−a) = 1 − σ(a): an update gate that updates becomes one that keeps by negating Wz, Uz, bz.
  /// Two biases of a gate add up, except cn, which reset after puts inside the reset product.
  func canonical(
    name: String, reset: ResetMode, candidate: Activation, update: UpdateMode,
    initialState: [Double]
  ) -> GRULayer {
    func turned(_ values: [Double]) -> [Double] {
      update == .keeps ? values : values.map { -$0 }
    }
    func real(_ gates: Gates<StoredMatrix>) -> Gates<RealMatrix> {
      var gates = gates.map(\.real)
      gates.update.values = turned(gates.update.values)
      return gates
    }
    func sum(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map(+) }
    let hidden = initialState.count
    return GRULayer(
      name: name, reset: reset, candidate: candidate,
      input: real(input), recurrent: real(recurrent),
      bias: Gates(
        reset: sum(inputBias.reset, recurrentBias.reset),
        update: turned(sum(inputBias.update, recurrentBias.update)),
        candidate: reset == .after
          ? inputBias.candidate : sum(inputBias.candidate, recurrentBias.candidate)),
      recurrentBias: reset == .after
        ? recurrentBias.candidate : Array(repeating: 0, count: hidden),
      initialState: initialState)
  }

  /// The same tensors, had the file stored its gates in another order: `order[i]` is where the
  /// gate now read as i-th of r, z, n would be found.
  func reordered(_ order: [Int]) -> SortedCell {
    func pick<T>(_ gates: Gates<T>) -> Gates<T> {
      let all = gates.inOrder
      return Gates(reset: all[order[0]], update: all[order[1]], candidate: all[order[2]])
    }
    var copy = self
    copy.input = pick(input)
    copy.recurrent = pick(recurrent)
    copy.inputBias = pick(inputBias)
    copy.recurrentBias = pick(recurrentBias)
    return copy
  }
}

public import ModelFiles

/// Networks with random weights.
public enum RandomNetworks {
  /// A stack of GRU layers of the given hidden sizes, then a dense layer where `outputs` is given.
  public static func network(
    inputs: Int, hidden: [Int], outputs: Int? = nil, seed: UInt64, weightRange: Double = 0.7
  ) -> Network {
    var generator = SeededGenerator(seed: seed)
    func values(_ count: Int) -> [Double] {
      (0..<count).map { _ in .random(in: -weightRange...weightRange, using: &generator) }
    }
    func gates(_ rows: Int, _ columns: Int) -> Gates<RealMatrix> {
      Gates<Int>(reset: 0, update: 0, candidate: 0).map { _ in
        RealMatrix(rows: rows, columns: columns, values: values(rows * columns))
      }
    }
    var layers: [Layer] = []
    var width = inputs
    for (index, size) in hidden.enumerated() {
      layers.append(
        .gru(
          GRULayer(
            name: "gru_l\(index)", reset: .after, candidate: .tanh, input: gates(size, width),
            recurrent: gates(size, size),
            bias: Gates(
              reset: values(size), update: values(size), candidate: values(size)),
            recurrentBias: values(size))))
      width = size
    }
    if let outputs {
      layers.append(
        .dense(
          DenseLayer(
            name: "fc",
            weights: RealMatrix(rows: outputs, columns: width, values: values(outputs * width)),
            bias: values(outputs), activation: .none)))
    }
    return Network(layers: layers)
  }

  /// One sequence of uniform inputs in ±`range`.
  public static func inputs(
    width: Int, steps: Int, seed: UInt64, range: Double = 2
  ) -> Sequences {
    var generator = SeededGenerator(seed: seed)
    let values = (0..<width * steps).map { _ in Double.random(in: -range...range, using: &generator)
    }
    return Sequences(width: width, sequences: [.init(values: values, steps: steps)])
  }
}

public import GRUQuantizer
public import ModelFiles

// Layers of a test's network, whose kind the test knows: any other kind ends the test.

extension Network {
  public subscript(gru index: Int) -> GRULayer {
    get {
      guard case .gru(let layer) = layers[index] else { preconditionFailure("no GRU") }
      return layer
    }
    set { layers[index] = .gru(newValue) }
  }

  public subscript(dense index: Int) -> DenseLayer {
    get {
      guard case .dense(let layer) = layers[index] else { preconditionFailure("not dense") }
      return layer
    }
    set { layers[index] = .dense(newValue) }
  }

  public subscript(embedding index: Int) -> EmbeddingLayer {
    guard case .embedding(let layer) = layers[index] else { preconditionFailure("no embedding") }
    return layer
  }
}

extension QuantizedNetwork {
  public subscript(cell index: Int) -> QuantizedCell {
    get {
      guard case .cell(let cell) = layers[index] else { preconditionFailure("no cell") }
      return cell
    }
    set { layers[index] = .cell(newValue) }
  }

  public subscript(dense index: Int) -> QuantizedDense {
    get {
      guard case .dense(let layer) = layers[index] else { preconditionFailure("not dense") }
      return layer
    }
    set { layers[index] = .dense(newValue) }
  }

  /// The scales of a network's inputs, one or one for each feature.
  public var inputScales: [Float] {
    guard case .vector(let scales, _) = input else { preconditionFailure("reads tokens") }
    return scales
  }
}

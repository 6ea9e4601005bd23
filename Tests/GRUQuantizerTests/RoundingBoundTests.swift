import FloatGRU
import GRUQuantizer
import ModelFiles
import TestSupport
import Testing

@Suite("Rounding bound") struct RoundingBoundTests {
  /// Of a cell that reads four inputs, too small to bend its gates, and nothing of its state.
  private func gain(_ input: (_ step: Int, _ noise: [Double]) -> [Double]) -> Double? {
    var network = RandomNetworks.network(inputs: 4, hidden: [6], seed: 1)
    var layer = network[gru: 0]
    // After the product, a second bias would be one more direction that real numbers take up.
    (layer.reset, layer.recurrentBias) = (.before, Array(repeating: 0, count: 6))
    layer.recurrent = layer.recurrent.map {
      RealMatrix(rows: 6, columns: 6, values: $0.values.map { _ in 0 })
    }
    network[gru: 0] = layer
    let noise = RandomNetworks.inputs(width: 4, steps: 4_000, seed: 2, range: 0.05)
      .sequences[0].values
    let values = (0..<4_000).flatMap { input($0, Array(noise[4 * $0..<4 * $0 + 4])) }
    let data = Sequences(width: 4, sequences: [.init(values: values, steps: 4_000)])
    return RoundingBound.gains(of: network, TracedRecording(of: network, over: data))[0]
  }

  @Test("white inputs leave what a ball of four dimensions gains over a cube: 0.46 dB")
  func white() throws {
    let gain = try #require(gain { $1 })
    #expect((0.4..<0.7).contains(gain))
  }

  @Test("inputs that go together leave more, the more they do")
  func correlated() throws {
    let gains = try [0.5, 0.1].map { share in
      try #require(gain { _, noise in noise.map { noise[0] + share * $0 } })
    }
    #expect(gains[0] > 3 && gains[1] > gains[0] + 6)
  }
}

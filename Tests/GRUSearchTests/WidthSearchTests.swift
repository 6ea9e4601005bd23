import GRUQuantizer
import ModelFiles
import TestSupport
import Testing

@testable import GRUSearch

@Suite("Width search") struct WidthSearchTests {
  /// 4 units that read 40 features: a matrix of W is ten times as large as one of U, whose weights
  /// are ten times as large.
  private func search(seed: UInt64) throws -> Search {
    var network = RandomNetworks.network(inputs: 40, hidden: [4], seed: seed)
    network[gru: 0].input = network[gru: 0].input.map { $0.times(0.2) }
    network[gru: 0].recurrent = network[gru: 0].recurrent.map { $0.times(2) }
    let data = RandomNetworks.inputs(width: 40, steps: 400, seed: seed)
    var options = Search.Options(steps: .all.subtracting(.redraws))
    options.rounding = .nearest
    return Search(
      try Quantizer(network, calibration: data, name: "t"), calibration: data, options: options)
  }

  @Test(
    "a small matrix goes before a large one that brings more, but less a byte", arguments: 0..<2)
  func decibelsPerByte(seed: UInt64) throws {
    let search = try search(seed: seed)
    let front = try search.mixtures(countingOutput: false)
    let recurrent = search.quantizer.network.blocks.filter { !$0.readsInput }
    // All of U takes 48 bytes, a second matrix of W 160.
    let mixed = front.first { Set($0.fine).isSuperset(of: recurrent) }
    #expect(mixed?.fine.count == recurrent.count + 1)
  }

  @Test("no mixture on the front is beaten in both flash and accuracy")
  func front() throws {
    let front = try search(seed: 0).mixtures(countingOutput: false)
    #expect(front.first?.fine == [])
    for (smaller, larger) in zip(front, front.dropFirst()) {
      #expect(smaller.flash < larger.flash && smaller.sqnr < larger.sqnr)
    }
  }
}

extension RealMatrix {
  fileprivate func times(_ factor: Double) -> RealMatrix {
    RealMatrix(rows: rows, columns: columns, values: values.map { factor * $0 })
  }
}

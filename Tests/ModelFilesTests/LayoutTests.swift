import Foundation
import ModelFiles
import TestSupport
import Testing

/// A canonical cell, and the tensors in which each framework would store it. The placement is
/// written out element by element, from the frameworks' documents, sharing nothing with the reader.
private struct Stored {
  static let (h, i) = (2, 3)
  var tensors: [(name: String, shape: [Int], values: [Float])] = []
  var reset: ResetMode
  var update = UpdateMode.keeps
  /// Gates r, z, n: element (gate, row, column).
  let w = Stored.cube(i, 100), u = Stored.cube(h, 500)
  /// Biases of the input and of the recurrent side: element (gate, row).
  var b = Stored.rows(10), c = Stored.rows(20)

  private static func cube(_ columns: Int, _ start: Float) -> [[[Float]]] {
    (0..<3).map { g in
      (0..<h).map { r in (0..<columns).map { start + Float(50 * g + 10 * r + $0) } }
    }
  }

  private static func rows(_ start: Float) -> [[Float]] {
    (0..<3).map { g in (0..<h).map { start + Float(2 * g + $0) } }
  }

  init(_ layout: Layout, reset: ResetMode) {
    self.reset = reset
    let (h, i) = (Self.h, Self.i)
    func add(_ name: String, _ shape: [Int], _ element: (Int) -> Float) {
      tensors.append(("cell.\(name)", shape, (0..<shape.reduce(1, *)).map(element)))
    }
    /// (3H, columns), blocks of rows in `order`.
    func rowBlocks(
      _ name: String, _ m: [[[Float]]], _ columns: Int, _ order: [Int], lead: [Int] = []
    ) {
      add(name, lead + [3 * h, columns]) {
        let (row, column) = ($0 / columns, $0 % columns)
        return m[order[row / h]][row % h][column]
      }
    }
    /// (columns, 3H), blocks of columns in `order`.
    func columnBlocks(_ name: String, _ m: [[[Float]]], _ rows: Int, _ order: [Int]) {
      add(name, [rows, 3 * h]) {
        let (row, column) = ($0 / (3 * h), $0 % (3 * h))
        return m[order[column / h]][column % h][row]
      }
    }
    func bias(_ name: String, _ v: [[Float]], _ order: [Int]) {
      add(name, [3 * h]) { v[order[$0 / h]][$0 % h] }
    }
    let (rzn, zrn) = ([0, 1, 2], [1, 0, 2])
    let zero = [[Float]](repeating: [0, 0], count: 3)
    switch layout {
    case .pytorch, .pytorchCell:
      let end = layout == .pytorch ? "_l0" : ""
      rowBlocks("weight_ih\(end)", w, i, rzn)
      rowBlocks("weight_hh\(end)", u, h, rzn)
      bias("bias_ih\(end)", b, rzn)
      bias("bias_hh\(end)", c, rzn)
    case .keras:
      columnBlocks("kernel", w, i, zrn)
      columnBlocks("recurrent_kernel", u, h, zrn)
      if reset == .after {
        add("bias", [2, 3 * h]) { ($0 < 3 * h ? b : c)[zrn[$0 % (3 * h) / h]][$0 % h] }
      } else {
        bias("bias", b, zrn)
        c = zero
      }
    case .onnx:
      rowBlocks("W", w, i, zrn, lead: [1])
      rowBlocks("R", u, h, zrn, lead: [1])
      add("B", [1, 6 * h]) { ($0 < 3 * h ? b : c)[zrn[$0 % (3 * h) / h]][$0 % h] }
    case .flaxLinen:
      for (gate, name) in ["r", "z", "n"].enumerated() {
        add("i\(name).kernel", [i, h]) { w[gate][$0 % h][$0 / h] }
        add("i\(name).bias", [h]) { b[gate][$0] }
        add("h\(name).kernel", [h, h]) { u[gate][$0 % h][$0 / h] }
      }
      add("hn.bias", [h]) { c[2][$0] }
      c = [zero[0], zero[1], c[2]]
    case .flaxNNX:
      columnBlocks("dense_i.kernel", w, i, rzn)
      columnBlocks("dense_h.kernel", u, h, rzn)
      bias("dense_i.bias", b, rzn)
      c = zero
    case .equinox:
      rowBlocks("weight_ih", w, i, rzn)
      rowBlocks("weight_hh", u, h, rzn)
      bias("bias", b, rzn)
      add("bias_n", [h]) { c[2][$0] }
      c = [zero[0], zero[1], c[2]]
    case .haiku:
      columnBlocks("w_i", w, i, zrn)
      columnBlocks("w_h", u, h, zrn)
      bias("b", b, zrn)
      c = zero
      update = .updates
    case .tf1:
      add("w_ru", [i + h, 2 * h]) {
        let (row, column) = ($0 / (2 * h), $0 % (2 * h))
        return row < i ? w[column / h][column % h][row] : u[column / h][column % h][row - i]
      }
      add("w_c", [i + h, h]) {
        let (row, column) = ($0 / h, $0 % h)
        return row < i ? w[2][column][row] : u[2][column][row - i]
      }
      add("b_ru", [2 * h]) { b[$0 / h][$0 % h] }
      add("b_c", [h]) { b[2][$0] }
      c = zero
    case .matlab:
      rowBlocks("InputWeights", w, i, rzn)
      rowBlocks("RecurrentWeights", u, h, rzn)
      add("Bias", [6 * h]) { ($0 < 3 * h ? b : c)[$0 % (3 * h) / h][$0 % h] }
    }
  }

  func read(_ layout: Layout?, reset: ResetMode?) throws -> GRULayer {
    let file = try TensorFile(
      InputFile(name: "m", bytes: SafetensorsBuilder(tensors).data))
    let description = NetworkDescription(
      layers: [.gru(.init(tensors: "cell", layout: layout, reset: reset))])
    return try Network(file, description: description)[gru: 0]
  }
}

@Suite("Layouts") struct LayoutTests {
  static let natural: [(Layout, ResetMode)] = [
    (.pytorch, .after), (.pytorchCell, .after), (.keras, .after), (.keras, .before),
    (.onnx, .before), (.onnx, .after), (.flaxLinen, .after), (.flaxNNX, .after),
    (.equinox, .after), (.haiku, .before), (.tf1, .before), (.matlab, .after), (.matlab, .before),
  ]

  @Test(
    "every gate's rows arrive in their place, turned and folded as the source means",
    arguments: natural)
  func placement(layout: Layout, reset: ResetMode) throws {
    let stored = Stored(layout, reset: reset)
    // The layout is found by the names; only ONNX' and MATLAB's reset must be told.
    let layer = try stored.read(nil, reset: layout == .onnx || layout == .matlab ? reset : nil)
    func flat(_ rows: [[Float]]) -> [Double] { rows.flatMap { $0 }.map { Double($0) } }
    let sign = stored.update == .updates ? -1.0 : 1.0
    #expect(layer.reset == reset)
    #expect(layer.input.reset.values == flat(stored.w[0]))
    #expect(layer.input.update.values == flat(stored.w[1]).map { sign * $0 })
    #expect(layer.input.candidate.values == flat(stored.w[2]))
    #expect(layer.recurrent.reset.values == flat(stored.u[0]))
    #expect(layer.recurrent.update.values == flat(stored.u[1]).map { sign * $0 })
    #expect(layer.recurrent.candidate.values == flat(stored.u[2]))
    func sum(_ gate: Int) -> [Double] {
      (0..<2).map { Double(stored.b[gate][$0] + stored.c[gate][$0]) }
    }
    #expect(layer.bias.reset == sum(0))
    #expect(layer.bias.update == sum(1).map { sign * $0 })
    if reset == .after {
      #expect(layer.bias.candidate == stored.b[2].map { Double($0) })
      #expect(layer.recurrentBias == stored.c[2].map { Double($0) })
    } else {
      #expect(layer.bias.candidate == sum(2))
      #expect(layer.recurrentBias == [0, 0])
    }
  }

  @Test("TensorFlow's slashes and ':0' are read as dots")
  func slashes() throws {
    var stored = Stored(.keras, reset: .after)
    stored.tensors = stored.tensors.map {
      ($0.name.replacing(".", with: "/") + ":0", $0.shape, $0.values)
    }
    #expect(try stored.read(nil, reset: nil).input.reset.values == [100, 101, 102, 110, 111, 112])
  }

  @Test("another order of the gates moves matrices and biases alike")
  func otherOrder() throws {
    let stored = Stored(.pytorch, reset: .after)
    let file = try TensorFile(InputFile(name: "m", bytes: SafetensorsBuilder(stored.tensors).data))
    func read(_ order: [Int]?) throws -> GRULayer {
      var cell = NetworkDescription.Cell(tensors: "cell")
      cell.order = order
      return try Network(file, description: NetworkDescription(layers: [.gru(cell)]))[gru: 0]
    }
    let (plain, turned) = (try read(nil), try read([2, 0, 1]))
    #expect(turned.input.inOrder == [2, 0, 1].map { plain.input.inOrder[$0] })
    #expect(turned.recurrent.inOrder == [2, 0, 1].map { plain.recurrent.inOrder[$0] })
    let (b, c) = (stored.b.map { $0.map(Double.init) }, stored.c.map { $0.map(Double.init) })
    func sum(_ gate: Int) -> [Double] { zip(b[gate], c[gate]).map(+) }
    #expect(turned.bias.inOrder == [sum(2), sum(0), b[1]])
    #expect(turned.recurrentBias == c[1])
  }

  @Test("MATLAB's layer may have no bias")
  func noBias() throws {
    var stored = Stored(.matlab, reset: .after)
    stored.tensors.removeAll { $0.name == "cell.Bias" }
    let layer = try stored.read(nil, reset: nil)
    #expect(layer.bias.inOrder == [[0, 0], [0, 0], [0, 0]] && layer.recurrentBias == [0, 0])
  }

  @Test("the order that is printed is the framework's own")
  func order() {
    #expect(
      Layout.allCases.map { "\($0): \($0.order)" } == [
        "pytorch: r, z, n", "pytorchCell: r, z, n", "keras: z, r, h", "onnx: z, r, h",
        "flaxLinen: r, z, n by name", "flaxNNX: r, z, n", "equinox: r, z, n", "haiku: z, r, a",
        "tf1: r, u, c", "matlab: r, z, h",
      ])
  }

  @Test("a square input matrix is refused until the layout is told")
  func ambiguous() throws {
    let keras = SafetensorsBuilder([
      ("g.kernel", [6, 6], Array(repeating: 1, count: 36)),
      ("g.recurrent_kernel", [2, 6], Array(repeating: 1, count: 12)),
    ])
    func read(_ layout: Layout?) throws -> Network {
      try Network(
        TensorFile(InputFile(name: "m", bytes: keras.data)),
        description: NetworkDescription(layers: [.gru(.init(tensors: "g", layout: layout))]))
    }
    let error = #expect(throws: InputError.self) { _ = try read(nil) }
    #expect(try #require(error).description.contains("hides a transpose"))
    #expect(error!.description.contains("\"layout\": \"keras\""))
    #expect(try read(.keras).inputSize == 6)
  }

  struct Fault: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let tensors: [(name: String, shape: [Int], values: [Float])]
    let cell: NetworkDescription.Cell
    let message: String

    init(
      _ description: String, _ message: String, reset: ResetMode? = nil,
      _ shapes: (name: String, shape: [Int])...
    ) {
      testDescription = description
      self.message = message
      cell = .init(tensors: "g", reset: reset)
      tensors = shapes.map {
        ("g.\($0.name)", $0.shape, Array(repeating: 1, count: $0.shape.reduce(1, *)))
      }
    }
  }

  static let faults: [Fault] = [
    Fault(
      "Keras LSTM", "looks like an LSTM: 4H", ("kernel", [3, 8]), ("recurrent_kernel", [2, 8])),
    Fault(
      "Keras SimpleRNN", "looks like a plain RNN: H", ("kernel", [3, 2]),
      ("recurrent_kernel", [2, 2])),
    Fault("ONNX LSTM", "looks like an LSTM: 4H", ("W", [1, 8, 3]), ("R", [1, 8, 2])),
    Fault("ONNX RNN", "looks like a plain RNN: H", ("W", [1, 2, 3]), ("R", [1, 2, 2])),
    Fault("ONNX bidirectional", "has two directions", ("W", [2, 6, 3]), ("R", [2, 6, 2])),
    Fault(
      "minimal gated unit", "a cell of two gates: 2H", ("weight_ih", [4, 3]),
      ("weight_hh", [4, 2])),
    Fault(
      "Keras bias against reset before", "belongs to reset after, but reset is before",
      reset: .before, ("kernel", [3, 6]), ("recurrent_kernel", [2, 6]), ("bias", [2, 6])),
    Fault(
      "Keras bias against reset after", "belongs to reset before, but reset is after",
      reset: .after, ("kernel", [3, 6]), ("recurrent_kernel", [2, 6]), ("bias", [6])),
    Fault(
      "Keras bias of another size", "has shape [5], expected [2, 6]", ("kernel", [3, 6]),
      ("recurrent_kernel", [2, 6]), ("bias", [5])),
    Fault(
      "Keras kernel", "has shape [3, 7], expected [3, 6]", ("kernel", [3, 7]),
      ("recurrent_kernel", [2, 6])),
    Fault(
      "ONNX bias", "has shape [1, 6], expected [1, 12]", ("W", [1, 6, 3]), ("R", [1, 6, 2]),
      ("B", [1, 6])),
    Fault(
      "Flax gate missing", "'g.iz.kernel' is missing", ("in.kernel", [3, 2]),
      ("ir.kernel", [3, 2]), ("hn.kernel", [2, 2]), ("hr.kernel", [2, 2]), ("hz.kernel", [2, 2])),
    Fault(
      "TensorFlow 1", "'g.w_ru' has shape [4, 4], expected [5, 4]",
      ("w_ru", [4, 4]), ("w_c", [5, 2])),
    Fault(
      "MATLAB bias", "has shape [4], expected [6]", ("InputWeights", [6, 3]),
      ("RecurrentWeights", [6, 2]), ("Bias", [4])),
    Fault(
      "ONNX R of rank 2", "'g.R' has shape [1, 6], expected [1, 3, 1]", ("W", [1, 6, 3]),
      ("R", [1, 6])),
    Fault(
      "ONNX R of 7 rows", "'g.R' has shape [1, 7, 2], expected [1, 6, 2]", ("W", [1, 6, 3]),
      ("R", [1, 7, 2])),
    Fault(
      "ONNX W of 5 rows", "'g.W' has shape [1, 5, 3], expected [1, 6, 3]", ("W", [1, 5, 3]),
      ("R", [1, 6, 2])),
    Fault(
      "ONNX W of rank 2", "'g.W' has shape [1, 6], expected [1, 6, 6]", ("W", [1, 6]),
      ("R", [1, 6, 2])),
    Fault(
      "Keras recurrent kernel", "'g.recurrent_kernel' has shape [2, 7], expected [2, 6]",
      ("kernel", [3, 6]), ("recurrent_kernel", [2, 7])),
    Fault(
      "TensorFlow 1 without inputs", "'g.w_c' has shape [2, 2], expected [3, 2]",
      ("w_ru", [2, 4]), ("w_c", [2, 2])),
    Fault(
      "a matrix of rank 1", "'g.weight_hh_l0' has shape [6], expected two dimensions",
      ("weight_ih_l0", [6, 3]), ("weight_hh_l0", [6])),
    Fault("no known layout", "has no tensors of a known GRU layout", ("alpha", [3, 2])),
    Fault(
      "bidirectional", "belongs to a bidirectional or reverse GRU", ("weight_ih_l0", [6, 3]),
      ("weight_hh_l0", [6, 2]), ("weight_ih_l0_reverse", [6, 3])),
    Fault(
      "projection", "is a projection", ("weight_ih_l0", [6, 3]), ("weight_hh_l0", [6, 2]),
      ("weight_hr_l0", [1, 2])),
    Fault(
      "initial state", "'g.initial_state' has shape [3], expected [2]", ("weight_ih_l0", [6, 3]),
      ("weight_hh_l0", [6, 2]), ("initial_state", [3])),
  ]

  @Test("each refusal names tensor, found and expected", arguments: faults)
  func refused(_ fault: Fault) throws {
    let file = try TensorFile(
      InputFile(name: "m", bytes: SafetensorsBuilder(fault.tensors).data))
    let error = #expect(throws: InputError.self) {
      _ = try Network(file, description: NetworkDescription(layers: [.gru(fault.cell)]))
    }
    #expect(try #require(error).description.contains(fault.message), "\(error!.description)")
  }
}

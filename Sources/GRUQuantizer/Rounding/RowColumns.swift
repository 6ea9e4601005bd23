import ModelFiles

/// What stands in which column of a cell's row: W's row, U's row, the bias, and for the candidate
/// of a reset-after cell the bias inside the reset product. Tokens have no columns for W: their
/// tables are wide enough.
struct RowColumns {
  let input: Range<Int>
  let recurrent: Range<Int>
  let hasRecurrentBias: Bool

  init(input: Int, recurrent: Int, hasRecurrentBias: Bool) {
    self.input = 0..<input
    self.recurrent = input..<input + recurrent
    self.hasRecurrentBias = hasRecurrentBias
  }

  var bias: Int { recurrent.upperBound }
  var recurrentBias: Int? { hasRecurrentBias ? bias + 1 : nil }
  var count: Int { bias + (hasRecurrentBias ? 2 : 1) }
}

/// One of a cell's three gates.
public enum GateIndex: Int, CaseIterable, Sendable {
  case reset
  case update
  case candidate
}

extension Gates {
  subscript(gate: GateIndex) -> Element {
    get {
      switch gate {
      case .reset: reset
      case .update: update
      case .candidate: candidate
      }
    }
    set {
      switch gate {
      case .reset: reset = newValue
      case .update: update = newValue
      case .candidate: candidate = newValue
      }
    }
  }
}

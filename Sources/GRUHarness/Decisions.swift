/// The classes that both models choose, sequence by sequence.
struct Decisions {
  /// One class a step, or one for each output that is a probability of its own.
  var float: [[[Int]]]
  var fixed: [[[Int]]]

  init(_ comparison: Comparison, atEveryStep: Bool, byThreshold: Bool) {
    func decide(_ values: [Double]) -> [Int] {
      byThreshold ? values.map { $0 >= 0.5 ? 1 : 0 } : [largest(values)]
    }
    let outputs = comparison.outputs.map { atEveryStep ? $0[...] : $0.suffix(1) }
    float = outputs.map { $0.map { decide($0.float) } }
    fixed = outputs.map { $0.map { decide($0.fixed) } }
  }

  var agreement: Double {
    share(zip(float, fixed).map { zip($0, $1).map(==) })
  }

  func task(_ labels: Labels) -> Validation.Task {
    func right(_ decisions: [[[Int]]]) -> [[Bool]] {
      decisions.enumerated().map { index, decisions in
        decisions.enumerated().map { step, decision in
          decision[0] == labels.label(of: index, at: step)
        }
      }
    }
    return Validation.Task(
      accuracyFloat: share(right(float)), accuracyFixed: share(right(fixed)))
  }

  /// How often the models chose each pair of classes.
  func confusion(classes: Int) -> Confusion {
    var confusion = Confusion(classes: classes)
    for (float, fixed) in zip(float.joined().joined(), fixed.joined().joined()) {
      confusion.add(float: float, fixed: fixed)
    }
    return confusion
  }

  private func share(_ matches: [[Bool]]) -> Double {
    let flat = matches.flatMap { $0 }
    return flat.isEmpty ? 0 : Double(flat.count { $0 }) / Double(flat.count)
  }
}

private func largest(_ values: [Double]) -> Int {
  values.indices.reduce(0) { values[$1] > values[$0] ? $1 : $0 }
}

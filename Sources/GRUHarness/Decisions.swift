import ModelFiles

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

  func task(_ labels: NPY, _ comparison: Comparison) throws(DataMismatch) -> Validation.Task {
    let count = float.count
    guard labels.isInteger, labels.shape.first == count, labels.shape.count <= 2 else {
      throw DataMismatch(
        message: "labels have shape \(labels.shape), expected integers (N) or (N, T) "
          + "for \(count) sequences")
    }
    let perSequence = labels.shape.count == 2 ? labels.shape[1] : 1
    guard float.allSatisfy({ $0.count <= perSequence }) else {
      throw DataMismatch(message: "labels have \(perSequence) steps, fewer than a sequence")
    }
    guard float.allSatisfy({ $0.allSatisfy { $0.count == 1 } }) else {
      throw DataMismatch(message: "labels are classes, but the outputs are separate probabilities")
    }
    try labels.requireClasses(
      below: comparison.outputs.first?.first?.float.count ?? 0, steps: float.map(\.count))
    func right(_ decisions: [[[Int]]]) -> [[Bool]] {
      decisions.enumerated().map { index, decisions in
        decisions.enumerated().map { step, decision in
          Double(decision[0]) == labels.values[index * perSequence + step]
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

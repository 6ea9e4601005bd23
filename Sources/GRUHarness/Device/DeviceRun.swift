import DeviceProtocol
public import GRUQuantizer
import GRURuntime
public import ModelFiles

extension DeviceComparison {
  /// Streams inputs to a device until a value differs.
  ///
  /// - Parameters:
  ///   - steps: at most so many; nil for all that the inputs have.
  ///   - progress: called with the share that is done.
  /// - Throws: `DeviceError`, where not every reply could be verified up to a difference; nothing is
  ///   known of the device's results then.
  public init(
    _ network: QuantizedNetwork, over inputs: Sequences, steps limit: Int? = nil,
    through line: any DeviceLine, progress: (Double) -> Void = { _ in }
  ) throws {
    try self.init(
      network, over: inputs, steps: limit, through: line, patience: .init(),
      session: .random(in: .min ... .max), progress: progress)
  }

  /// - Parameter session: tells replies to this run from those to others.
  package init(
    _ network: QuantizedNetwork, over inputs: Sequences, steps limit: Int? = nil,
    through line: any DeviceLine, patience: DeviceLink.Patience, session: UInt32,
    progress: (Double) -> Void = { _ in }
  ) throws {
    let link = DeviceLink(
      line, largestBody: 4 + 2 * network.hiddenCount + 4 * network.outputSize, patience: patience,
      session: session)
    let identity = try link.greet()
    try identity.require(network, line.name)
    device = Device(
      port: line.name, model: identity.model, board: identity.board, core: identity.core,
      boot: identity.boot)

    let host = try RuntimeInstance(RuntimeModel(network))
    let wanted = min(limit ?? inputs.steps, inputs.steps)
    var ticks: [UInt32] = []
    do {
      for (index, sequence) in inputs.sequences.enumerated() where steps < wanted {
        host.reset()
        difference = try link.reset(like: host).map { $0.at(index, step: nil) }
        for step in 0..<min(sequence.steps, wanted - steps) where difference == nil {
          let input = sequence.input(at: step, width: inputs.width)
          let answer = try link.step(network.rawInput(input).raw, step, like: host)
          difference = answer.difference.map { $0.at(index, step: step) }
          ticks.append(answer.ticks)
          if difference == nil { steps += 1 }
          progress(Double(steps) / Double(wanted))
        }
        sequences += 1
        if difference != nil { break }
      }
    } catch var error as DeviceError {
      error.notes.insert(
        "note: \(steps) of \(wanted) steps were verified before, and equal", at: 0)
      throw error
    }
    // The results are known; a farewell that gets lost changes nothing.
    _ = try? link.request(.bye)
    cycles = Cycles(ticks, identity)
    (retries, damagedFrames) = (link.retries, link.damagedFrames)
  }
}

extension DeviceIdentity {
  fileprivate func require(
    _ network: QuantizedNetwork, _ port: String
  ) throws(DeviceError) {
    guard checksum == network.checksum else {
      throw DeviceError(
        .otherModel, port,
        "runs '\(model)' with CRC-32 \(hexadecimal(checksum)), "
          + "expected '\(network.name)' with \(hexadecimal(network.checksum))",
        ["hint: build the board's firmware with this header, and write it to the board"])
    }
    let found = [inputSize, hiddenCount, outputSize]
    let expected = [network.inputSize, network.hiddenCount, network.outputSize]
    guard found == expected, readsTokens == network.readsTokens else {
      throw DeviceError(
        .otherModel, port, "has inputs, hidden states and outputs \(found), expected \(expected)")
    }
  }
}

/// Values that differ in one reply.
private struct Mismatch {
  var value: DeviceComparison.Difference.Value
  var index: Int
  var device: Int32
  var host: Int32
  var count: Int

  /// Nil where all are equal. Both have the same count.
  init?(hidden: ([Int16], [Int16]), outputs: ([Int32], [Int32]) = ([], [])) {
    func differing<T: Equatable>(_ pair: ([T], [T])) -> [Int] {
      pair.0.indices.filter { pair.0[$0] != pair.1[$0] }
    }
    let (units, results) = (differing(hidden), differing(outputs))
    count = units.count + results.count
    if let first = units.first {
      (value, index) = (.hidden, first)
      (device, host) = (Int32(hidden.0[first]), Int32(hidden.1[first]))
    } else if let first = results.first {
      (value, index) = (.output, first)
      (device, host) = (outputs.0[first], outputs.1[first])
    } else {
      return nil
    }
  }

  func at(_ sequence: Int, step: Int?) -> DeviceComparison.Difference {
    .init(
      sequence: sequence, step: step, value: value, index: index, device: device, host: host,
      count: count)
  }
}

extension DeviceLink {
  /// Resets the device; the host has been.
  fileprivate func reset(like host: RuntimeInstance) throws(DeviceError) -> Mismatch? {
    let expected = host.hidden
    var reply = try request(.reset, answerSize: 2 * expected.count)
    guard reply.body.count == 2 * expected.count else {
      throw unknownReply("the answer to a reset", reply)
    }
    guard reply.steps == 0 else { throw wrongCount(reply.steps, 0) }
    return Mismatch(hidden: (reply.body.next(expected.count), expected))
  }

  /// One step on both.
  fileprivate func step(
    _ input: RawInput, _ step: Int, like host: RuntimeInstance
  ) throws -> (difference: Mismatch?, ticks: UInt32) {
    let outputs = try host.step(input)
    let hidden = host.hidden
    let size = 4 + 2 * hidden.count + 4 * outputs.count
    var reply = try request(.step, input.bytes, answerSize: size)
    guard reply.body.count == size else { throw unknownReply("the answer to a step", reply) }
    guard reply.steps == UInt32(step + 1) else { throw wrongCount(reply.steps, step + 1) }
    let ticks = reply.body.next(as: UInt32.self)
    let found: [Int16] = reply.body.next(hidden.count)
    return (
      Mismatch(hidden: (found, hidden), outputs: (reply.body.next(outputs.count), outputs)), ticks
    )
  }

  private func wrongCount(_ found: UInt32, _ expected: Int) -> DeviceError {
    restarted("it counts \(found) steps since the last reset, expected \(expected)")
  }
}

extension RawInput {
  /// As a request has it.
  fileprivate var bytes: [UInt8] {
    let values =
      switch self {
      case .vector(let vector): vector.map { UInt16(bitPattern: $0) }
      case .token(let token): [UInt16(token)]
      }
    return values.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
  }
}

extension DeviceComparison.Cycles {
  /// Nil where nothing was measured.
  fileprivate init?(_ ticks: [UInt32], _ identity: DeviceIdentity) {
    let measured = ticks.filter { $0 != Message.unmeasured }.map { Int($0) }.sorted()
    guard !identity.counter.isEmpty, let first = measured.first, let last = measured.last else {
      return nil
    }
    self.init(
      counter: identity.counter, clock: identity.clock > 0 ? identity.clock : nil,
      minimum: first, median: measured[measured.count / 2], maximum: last,
      unmeasured: ticks.count - measured.count)
  }
}

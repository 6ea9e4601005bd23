import GRUHarness
import GRUQuantizer
import ModelFiles
import TestSupport
import Testing

/// A network, and inputs for it in sequences of unequal lengths.
private struct Case: CustomTestStringConvertible, Sendable {
  var testDescription: String
  var network: QuantizedNetwork
  var inputs: Sequences

  init(_ name: String, inputs width: Int, hidden: [Int], outputs: Int?, lengths: [Int]) throws {
    testDescription = name
    network = try Quantized.network(
      RandomNetworks.network(inputs: width, hidden: hidden, outputs: outputs, seed: 3),
      calibration: RandomNetworks.inputs(width: width, steps: 16, seed: 3))
    inputs = Sequences(
      width: width,
      sequences: lengths.enumerated().map { index, steps in
        RandomNetworks.inputs(width: width, steps: steps, seed: UInt64(index)).sequences[0]
      })
  }

  /// An embedding of 40 tokens before a GRU.
  init(tokens: [Int]) throws {
    testDescription = "tokens"
    var network = RandomNetworks.network(inputs: 3, hidden: [4], outputs: 2, seed: 1)
    let table = RealMatrix(rows: 40, columns: 3, values: (0..<120).map { Double($0 % 7) / 7 - 0.4 })
    network.layers.insert(.embedding(EmbeddingLayer(name: "emb", table: table)), at: 0)
    network.input = .tokens
    inputs = Sequences(
      width: 1, isTokens: true,
      sequences: [.init(values: tokens.map { Double($0) }, steps: tokens.count)])
    self.network = try Quantized.network(network, calibration: inputs)
  }

  static let small = try! Case("small", inputs: 3, hidden: [5], outputs: 2, lengths: [2, 1])
  static let all = [
    small,
    try! Case(
      "a stack with a dense layer", inputs: 4, hidden: [7, 3], outputs: 5, lengths: [9, 1, 4]),
    try! Case("a cell alone", inputs: 1, hidden: [1], outputs: nil, lengths: [5]),
    try! Case(tokens: [0, 39, 5, 5, 17, 0, 38]),
  ]
}

/// No waiting: a simulated line has no more to say as soon as it is read.
private let patience = {
  var patience = DeviceLink.Patience()
  patience.attempts = 40
  return patience
}()

/// Eager to give up, where nothing can come.
private let impatience = {
  var patience = DeviceLink.Patience()
  patience.attempts = 3
  patience.first = .milliseconds(1)
  patience.shortest = .milliseconds(1)
  patience.longest = .milliseconds(1)
  return patience
}()

@Suite("Device comparison") struct DeviceComparisonTests {
  private func compare(
    _ device: SimulatedDevice, _ example: Case = .small, steps: Int? = nil,
    _ patience: DeviceLink.Patience = impatience
  ) throws -> DeviceComparison {
    try DeviceComparison(
      example.network, over: example.inputs, steps: steps, through: device, patience: patience,
      session: 0x9E37_79B9)
  }

  /// The error that a comparison ends with.
  private func error(_ device: SimulatedDevice, _ example: Case = .small) throws -> DeviceError {
    try #require(throws: DeviceError.self) { _ = try self.compare(device, example) }
  }

  @Test("a device that runs the header is equal in every step", arguments: Case.all)
  fileprivate func equal(_ example: Case) throws {
    let result = try compare(SimulatedDevice(example.network), example)
    #expect(result.isEqual && result.steps == example.inputs.steps)
    #expect(result.sequences == example.inputs.sequences.count)
    #expect(result.device.board == "desk" && result.device.boot == 7)
    #expect((result.retries, result.damagedFrames) == (0, 0))
    // The simulated counter tells how many steps there have been.
    let cycles = try #require(result.cycles)
    #expect((cycles.minimum, cycles.maximum) == (1, result.steps))
    #expect(cycles.median == result.steps / 2 + 1 && cycles.milliseconds(3) == 3)
  }

  @Test("as many steps run as are asked for, and no more than there are")
  func limited() throws {
    for (limit, steps, sequences) in [(1, 1, 1), (2, 2, 1), (3, 3, 2), (99, 3, 2)] {
      let device = try SimulatedDevice(Case.small.network)
      let result = try compare(device, steps: limit)
      #expect(result.isEqual && (result.steps, result.sequences) == (steps, sequences))
      #expect(device.steps == steps)
    }
  }

  @Test("on a noisy line every step is verified, or the run ends with an error; none runs twice")
  func noise() throws {
    let example = Case.all[1]
    var (equal, failed, retries) = (0, 0, 0)
    for seed in UInt64(0)..<60 {
      let rate = [0.0005, 0.002, 0.008][Int(seed % 3)]
      let noise = SimulatedDevice.Noise(drop: rate, flip: rate, insert: rate)
      let device = try SimulatedDevice(example.network, noise: noise, seed: seed)
      do {
        let result = try compare(device, example, patience)
        #expect(result.isEqual && result.steps == 14 && device.steps == 14)
        retries += result.retries
        equal += 1
      } catch let error as DeviceError {
        #expect([.noAnswer, .noProtocol].contains(error.kind), "\(error.description)")
        failed += 1
      }
    }
    #expect(equal > 50 && equal + failed == 60 && retries > 300, "\(equal) \(retries)")
  }

  @Test("a wrong bit in any state or output is found, at its place, through any noise")
  func wrongBits() throws {
    // Header of 20 bytes, ticks, five hidden states, two outputs.
    for position in 24..<24 + 10 + 8 {
      for bit in 0..<8 {
        for noise in [SimulatedDevice.Noise(), .init(drop: 0.003, flip: 0.003, insert: 0.003)] {
          let device = try SimulatedDevice(Case.small.network, noise: noise, seed: UInt64(bit))
          device.tamper = { payload, _ in
            // The second step, however often it is asked for.
            if payload[1] == 0x83 && payload[16] == 2 { payload[position] ^= 1 << UInt8(bit) }
          }
          let result = try compare(device, .small, patience)
          let difference = try #require(result.difference)
          #expect(!result.isEqual && result.steps == 1 && difference.count == 1)
          #expect((difference.sequence, difference.step) == (0, 1))
          #expect(difference.value == (position < 34 ? .hidden : .output))
          #expect(difference.index == (position < 34 ? (position - 24) / 2 : (position - 34) / 4))
        }
      }
    }
  }

  @Test("a wrong bit in any other place of a reply never lets the run end as equal")
  func wrongHeaders() throws {
    for request in 0..<4 {
      for position in 0..<20 {
        for bit in UInt8(0)..<8 {
          let device = try SimulatedDevice(Case.small.network)
          device.tamper = { payload, index in
            if index >= request { payload[position] ^= 1 << bit }
          }
          // A boot number that is the same in every reply is as good as any other.
          if (12..<16).contains(position) && request == 0 {
            #expect(try compare(device).isEqual)
          } else if (16..<20).contains(position) && request == 0 {
            #expect(try error(device).kind == .noProtocol)
          } else {
            let error = try error(device)
            #expect([.noProtocol, .noAnswer].contains(error.kind), "\(error.description)")
          }
        }
      }
    }
  }

  @Test("a reset state that is wrong is found before the first step")
  func wrongReset() throws {
    let device = try SimulatedDevice(Case.small.network)
    device.tamper = { payload, _ in if payload[1] == 0x82 { payload[22] = 1 } }
    let difference = try #require(try compare(device).difference)
    #expect(
      difference
        == .init(
          sequence: 0, step: nil, value: .hidden, index: 1, device: 1, host: 0, count: 1))
  }

  @Test(
    "a restart is told from a difference: by the boot number, the session, or the count of steps")
  func restart() throws {
    for (boot, evidence) in [
      (8, "boot number went from 7 to 8"), (7, "no longer knows this session"),
    ] {
      for request in 1..<5 {
        let device = try SimulatedDevice(Case.small.network)
        device.onRequest = { device, index, bytes in
          if index == request { try! device.start(boot: UInt32(boot)) }
          return bytes
        }
        let error = try error(device)
        #expect(error.kind == .noProtocol && error.message.contains("restarted in mid-run"))
        #expect(error.message.contains(evidence), "\(error.description)")
        let verified = [0, 0, 0, 1, 2][request]
        #expect(error.notes[0] == "note: \(verified) of 3 steps were verified before, and equal")
      }
    }
    let forgetful = try SimulatedDevice(Case.small.network)
    forgetful.tamper = { payload, _ in if payload[16] == 2 { payload[16] = 1 } }
    #expect(
      try error(forgetful).message.contains("counts 1 steps since the last reset, expected 2"))
  }

  @Test("a session that outlives the network's state is found different")
  func lostState() throws {
    let device = try SimulatedDevice(Case.small.network)
    device.onRequest = { device, index, bytes in
      if index == 3 { device.clearState() }
      return bytes
    }
    let result = try compare(device)
    #expect(!result.isEqual && result.steps == 1 && result.difference?.step == 1)
  }

  @Test("the firmware of another model is named before any step, whatever its sizes")
  func otherModel() throws {
    let other = try Quantized.network(
      RandomNetworks.network(inputs: 3, hidden: [5], outputs: 2, seed: 4),
      calibration: RandomNetworks.inputs(width: 3, steps: 16, seed: 3))
    for network in [other, Case.all[1].network, Case.all[3].network] {
      let device = try SimulatedDevice(network)
      let error = try error(device)
      #expect(error.kind == .otherModel && device.steps == 0)
      #expect(error.message.contains("runs 't' with CRC-32 0x"))
    }
  }

  @Test("constants that changed in flash are named before any step")
  func damagedConstants() throws {
    var network = Case.small.network
    network[cell: 0].bias.reset[0] += 1
    let device = try SimulatedDevice(network, checksum: Case.small.network.checksum)
    let error = try error(device)
    #expect(error.kind == .otherModel && error.message.contains("constants are not what"))
  }

  @Test("a device that hangs, before or after some steps, is given up")
  func silence() throws {
    for last in 0..<4 {
      let device = try SimulatedDevice(Case.small.network)
      device.onRequest = { _, index, bytes in index < last ? bytes : [] }
      let error = try error(device)
      #expect(error.kind == .noAnswer && error.message == "no answer to 3 requests")
      #expect(error.notes.contains { $0.contains("Firmware/build BOARD Device") })
    }
  }

  @Test("garbage for ever, an echo and another protocol are told apart, and end")
  func strangers() throws {
    let babbler = try SimulatedDevice(Case.small.network)
    babbler.onRequest = { device, _, _ in
      device.arrive(Array(repeating: Array("Hello, world\r\n".utf8), count: 50).flatMap { $0 })
      return []
    }
    #expect(try error(babbler).message.contains("2100 bytes came in answer to 3 requests"))

    let echo = try SimulatedDevice(Case.small.network)
    echo.onRequest = { device, _, bytes in
      device.arrive(bytes)
      return []
    }
    #expect(try error(echo).message == "sends back what is sent to it, and no answer")

    let stranger = try SimulatedDevice(Case.small.network)
    stranger.tamper = { payload, _ in payload[0] = 9 }
    #expect(try error(stranger).message == "speaks version 9 of the protocol, expected 1")
  }

  @Test("late replies of an earlier session or request are passed over")
  func stale() throws {
    let device = try SimulatedDevice(Case.small.network)
    var old: [UInt8] = []
    device.onRequest = { device, _, bytes in
      // The last reply comes once more before the next one.
      device.arrive(old)
      old = device.exchange(bytes)
      device.arrive(old)
      return []
    }
    let result = try compare(device)
    #expect(result.isEqual && result.steps == 3 && result.retries == 0)
  }

  @Test("what a device calls itself can't control a terminal")
  func text() throws {
    let device = try SimulatedDevice(Case.small.network)
    device.tamper = { payload, _ in
      // Behind the header of 20 bytes.
      guard payload[1] == 0x81, let place = payload[20...].firstIndex(of: UInt8(ascii: "d"))
      else { return }
      payload[place] = 0x1B
    }
    #expect(try compare(device).device.board == "esk")
  }
}

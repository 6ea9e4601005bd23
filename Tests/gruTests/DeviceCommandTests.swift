import Foundation
import GRUHarness
import GRUQuantizer
import ModelFiles
import TestSupport
import Testing

/// What stands at the other end of `--device`, and how the tool ends.
private struct Fault: CustomTestStringConvertible, Sendable {
  var testDescription: String
  var code: Int32
  var message: String
  /// Readies a device that would be in order.
  var apply: @Sendable (SimulatedDevice) -> Void

  init(
    _ name: String, _ code: Int32, _ message: String,
    _ apply: @escaping @Sendable (SimulatedDevice) -> Void
  ) {
    (testDescription, self.code, self.message, self.apply) = (name, code, message, apply)
  }

  static let all = [
    Fault("a wrong bit", 1, "different at step 1 of sequence 0: hidden 3 is ") { device in
      device.tamper = { payload, _ in if payload[16] == 2 { payload[24 + 6] ^= 1 } }
    },
    Fault("a restart", 76, "restarted in mid-run: its boot number went from 7 to 8") { device in
      device.onRequest = { device, index, bytes in
        if index == 9 { try! device.start(boot: 8) }
        return bytes
      }
    },
    Fault("damaged flash", 65, "its constants are not what their checksum says") { device in
      device.tamper = { payload, _ in
        payload = Array(payload.prefix(20)); payload[2] = 6
      }
    },
    Fault("garbage for ever", 76, "bytes came in answer to 10 requests, but no whole reply") {
      $0.onRequest = { device, _, _ in
        device.arrive(Array(repeating: 0x55, count: 1_000))
        return []
      }
    },
    Fault("silence after some steps", 69, "no answer to 10 requests\nnote: 7 of 70 steps were ") {
      $0.onRequest = { _, index, bytes in index < 9 ? bytes : [] }
    },
  ]
}

@Suite("validate --device") struct DeviceCommandTests {
  /// The command line before a port, in a folder with a model, its header and inputs.
  private func withHeader(_ body: (URL, QuantizedNetwork, [String]) throws -> Void) throws {
    try Folders.withTemporary { folder in
      try SafetensorsBuilder.gru(inputs: 3, hidden: 4, outputs: 2).data
        .write(to: folder.appendingPathComponent("m.safetensors"))
      let data = RandomNetworks.inputs(width: 3, steps: 70, seed: 1).sequences[0].values
      try NPYBuilder.float32(shape: [70, 3], data).write(to: folder.appendingPathComponent("x.npy"))
      let quantized = try Tool.run(
        ["quantize", "m.safetensors", "--calibration", "x.npy", "-o", "kws_model.h"], in: folder)
      #expect(quantized.code == 0, "\(quantized.errors)")
      let header = try QuantizedNetwork(header: folder.appendingPathComponent("kws_model.h").path)
      try body(
        folder, header,
        ["validate", "m.safetensors", "--header", "kws_model.h", "--inputs", "x.npy", "--device"])
    }
  }

  @Test("an equal device is reported, in text and in JSON, and ends with 0")
  func equal() throws {
    try withHeader { folder, header, validate in
      try serve(SimulatedDevice(header), in: folder)
      let text = try Tool.run(validate + ["unix:line"], in: folder)
      #expect(text.code == 0 && text.errors.isEmpty)
      let lines = [
        "device 'unix:line': desk, host",
        "  verdict        equal: 70 steps, every hidden state and output",
        "  cycles a step  min 1, median 36, max 70, by steps",
        "  at 0.001 MHz   min 1.000, median 36.000, max 70.000 ms",
        "  line           0 retries, 0 damaged frames",
      ]
      #expect(text.output.contains(lines.joined(separator: "\n") + "\npass: "), "\(text.output)")

      try serve(SimulatedDevice(header), in: folder)
      let result = try Tool.run(validate + ["unix:line", "--steps", "3", "--json"], in: folder)
      let json = try #require(
        try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
      let device = try #require(json["device"] as? [String: Any])
      #expect(json["pass"] as? Bool == true && device["equal"] as? Bool == true)
      #expect(device["steps"] as? Int == 3 && device["difference"] == nil)
      #expect((device["cycles"] as? [String: Any])?["max_ms"] as? Double == 3)
      #expect((device["device"] as? [String: Any])?["boot"] as? Int == 7)
    }
  }

  @Test("each fault has its message and its exit code", arguments: Fault.all)
  fileprivate func faults(_ fault: Fault) throws {
    try withHeader { folder, header, validate in
      let device = try SimulatedDevice(header)
      fault.apply(device)
      try serve(device, in: folder)
      let result = try Tool.run(validate + ["unix:line"], in: folder)
      #expect(result.code == fault.code)
      #expect((result.output + result.errors).contains(fault.message), "\(result.errors)")
    }
  }

  @Test("a device with a difference does not pass, in JSON either")
  func differenceInJSON() throws {
    try withHeader { folder, header, validate in
      let device = try SimulatedDevice(header)
      Fault.all[0].apply(device)
      try serve(device, in: folder)
      let result = try Tool.run(validate + ["unix:line", "--json"], in: folder)
      let json = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
      let report = try #require(json?["device"] as? [String: Any])
      #expect(result.code == 1 && json?["pass"] as? Bool == false)
      let difference = try #require(report["difference"] as? [String: Any])
      #expect(report["equal"] as? Bool == false && difference["step"] as? Int == 1)
      #expect(difference["value"] as? String == "hidden" && difference["index"] as? Int == 3)
    }
  }

  @Test("a line that the other end closes is told from silence, and at once")
  func closed() throws {
    try withHeader { folder, _, validate in
      try serve(nil, in: folder)
      let result = try Tool.run(validate + ["unix:line"], in: folder)
      #expect(result.code == 69 && result.errors.contains("unix:line: the line is gone: "))
    }
  }

  @Test("lines that can't be opened and options that don't fit are named at once")
  func ports() throws {
    try withHeader { folder, _, validate in
      for (words, code, message) in [
        (["unix:none"], 66, "error: unix:none: cannot be connected to: No such file"),
        (["none"], 66, "error: none: cannot be opened: No such file"),
        (["x.npy"], 66, "error: x.npy: is no serial port"),
        (["tcp:localhost"], 64, "error: tcp:localhost: is no address"),
        (["tcp:127.0.0.1:1"], 66, "error: tcp:127.0.0.1:1: cannot be connected to: Connection"),
        (["x.npy", "--baud", "1234"], 64, "a speed of 1234 baud is not known\nhint: the system"),
        (["x.npy", "--steps", "0"], 64, "option '--steps' is '0'"),
      ] as [([String], Int32, String)] {
        let result = try Tool.run(validate + words, in: folder)
        #expect(result.code == code && result.errors.contains(message), "\(result.errors)")
      }
      let alone = try Tool.run(validate.dropLast() + ["--steps", "5"], in: folder)
      #expect(alone.code == 64 && alone.errors.contains("need '--device'"))
    }
  }

  /// Serves a device on the socket `line`, to one host; without one, closes the line.
  private func serve(_ device: SimulatedDevice?, in folder: URL) throws {
    let path = folder.appendingPathComponent("line").path
    unlink(path)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(bound == 0 && listen(listener, 1) == 0)
    // Used by that thread alone from here on.
    nonisolated(unsafe) let device = device
    Thread.detachNewThread {
      let line = accept(listener, nil, nil)
      var buffer = [UInt8](repeating: 0, count: 4096)
      while let device, case let count = read(line, &buffer, buffer.count), count > 0 {
        device.send(Array(buffer.prefix(count)))
        let reply = device.receive(until: .now)
        // Whoever has closed the line is not waited for.
        if send(line, reply, reply.count, Int32(MSG_NOSIGNAL)) < 0 { break }
      }
      close(line)
      close(listener)
    }
  }
}

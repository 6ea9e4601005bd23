import Charts
import Foundation
public import GRUHarness

extension DeviceComparison {
  /// The port, and what the device says that it is.
  public var title: String {
    let what = [device.board, device.core].filter { !$0.isEmpty }.joined(separator: ", ")
    return "device '\(device.port)'" + (what.isEmpty ? "" : ": \(what)")
  }

  /// What the device answered, a name and a sentence each, the verdict first.
  public var facts: [(name: String, text: String)] {
    [("verdict", verdict)] + timing
      + [("line", "\(retries) retries, \(damagedFrames) damaged frames")]
  }

  private var verdict: String {
    guard let difference else {
      return "equal: \(steps) steps, every hidden state and output"
    }
    let place = difference.step.map { "at step \($0)" } ?? "after the reset before step 0"
    return "different \(place) of sequence \(difference.sequence): "
      + "\(difference.value.rawValue) \(difference.index) is \(difference.device), "
      + "expected \(difference.host)"
  }

  private var timing: [(name: String, text: String)] {
    guard let cycles else { return [] }
    let ticks = [cycles.minimum, cycles.median, cycles.maximum]
    func text(_ values: [String]) -> String {
      zip(["min", "median", "max"], values).map { "\($0) \($1)" }.joined(separator: ", ")
    }
    var facts = [("cycles a step", text(ticks.map { String($0) }) + ", by \(cycles.counter)")]
    if let clock = cycles.clock {
      let times = ticks.map { String(format: "%.3f", cycles.milliseconds($0)!) }
      facts.append((String(format: "at %g MHz", Double(clock) / 1e6), text(times) + " ms"))
    }
    if cycles.unmeasured > 0 {
      facts.append(("not counted", "\(cycles.unmeasured) steps, too long for the counter"))
    }
    return facts
  }
}

extension Section {
  /// What a board answered that ran the same inputs.
  static func board(_ device: DeviceComparison) -> Section {
    let table = Table(
      title: device.title, columns: ["", "answer"],
      rows: device.facts.map { [$0.name, $0.text] }, endsInWords: true)
    return Section(
      id: "board", title: "What the board answered",
      introduction: "The same inputs went to a board over a serial line; each hidden state and "
        + "output that came back was compared with the runtime’s here, to the bit.",
      figures: [], after: table.html)
  }
}

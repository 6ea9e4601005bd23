import Board
import CGRU
import GRURuntime
import LiveDisplay
import LiveModel
import Printing
import Startup
import Timing

/// Plays a recording to a network, prints what it recognises as it goes, and what a step costs.
@main
struct Live {
  static func main() {
    do throws(GRUError) {
      let player = try unsafe player(live_subject().unsafelyUnwrapped.pointee)
      try player.play { Console.write($0) }
      report(player)
      machine_exit(0)
    } catch {
      Console.write("refused with status ")
      Console.write(decimal: error.rawValue)
      Console.write("\n")
      machine_exit(1)
    }
  }

  private static func player(_ subject: live_subject_t) throws(GRUError) -> LivePlayer {
    let model = try unsafe GRUModel(subject.model.pointee)
    try model.verify()
    let gru = try unsafe GRU(
      model,
      state: UnsafeMutableRawBufferPointer(start: subject.state, count: model.stateSize),
      scratch: UnsafeMutableRawBufferPointer(start: subject.scratch, count: model.scratchSize))
    return try unsafe LivePlayer(
      gru, subject.recording.pointee, output: subject.output, probabilities: subject.probabilities)
  }

  /// Steps that are measured: the first one, again and again.
  private static let measured: UInt32 = 64

  private static func report(_ player: LivePlayer) {
    let instructions = Stopwatch().instructions(
      count: measured, of: { _ = try? player.step(at: 0) }, beyond: {})
    Console.write(decimal: instructions)
    Console.write(" instructions a step\n")
  }
}

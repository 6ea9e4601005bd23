import CGRU
import GRURuntime

extension LivePlayer {
  /// The tokens one after the other: first those of the recording, then those that the network
  /// finds likeliest after all before them.
  func recite(_ write: (UInt8) -> Void) throws(GRUError) {
    let steps = unsafe recording.steps
    let end = unsafe steps &+ recording.free_steps
    var next = 0
    var index: UInt32 = 0
    while index < end {
      let token = index < steps ? token(at: index) : next
      next = try step(token: token)
      // A step throws for a token that has no name.
      name(of: token).write(columns: 0, write)
      index &+= 1
    }
    Text.write("\n", write)
  }
}

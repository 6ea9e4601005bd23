import CGRU
import GRURuntime

extension LivePlayer {
  /// A line a second: the time, what is recognised now, and how surely.
  ///
  ///       21 s  running    ##################..  91 %  but is walking
  ///
  /// What it is stands there only where the recording knows it to be something else; a last line
  /// counts the steps that are right.
  func follow(_ write: (UInt8) -> Void) throws(GRUError) {
    let columns = longestName
    var right: UInt32 = 0
    var index: UInt32 = 0
    while unsafe index < recording.steps {
      let found = try step(at: index)
      if truth(at: index) == found { right &+= 1 }
      if unsafe (index &+ 1) % recording.rate == 0 {
        unsafe Text.write(decimal: (index &+ 1) / recording.rate, columns: 5, write)
        Text.write(" s  ", write)
        name(of: found).write(columns: columns, write)
        writeConfidence(probability(of: found), write)
        writeMistake(found, at: index, write)
        Text.write("\n", write)
      }
      index &+= 1
    }
    if unsafe recording.truth != nil {
      Text.write(decimal: right, columns: 0, write)
      Text.write(" of ", write)
      unsafe Text.write(decimal: recording.steps, columns: 0, write)
      Text.write(" steps right\n", write)
    }
  }

  private static let barWidth: UInt32 = 20

  /// A bar and a percentage of a probability in Q15.
  private func writeConfidence(_ probability: UInt32, _ write: (UInt8) -> Void) {
    Text.write("  ", write)
    let filled = rounded(probability, of: Self.barWidth)
    var place: UInt32 = 0
    while place < Self.barWidth {
      Text.write(place < filled ? "#" : ".", write)
      place &+= 1
    }
    Text.write(decimal: rounded(probability, of: 100), columns: 5, write)
    Text.write(" %", write)
  }

  private func rounded(_ probability: UInt32, of whole: UInt32) -> UInt32 {
    (probability &* whole &+ (1 << 14)) &>> 15
  }

  private func writeMistake(_ found: Int, at index: UInt32, _ write: (UInt8) -> Void) {
    guard let truth = truth(at: index), truth != found else { return }
    Text.write("  but is ", write)
    name(of: truth).write(columns: 0, write)
  }

  /// The right class at a step, where the recording knows it.
  private func truth(at index: UInt32) -> Int? {
    guard let truth = unsafe recording.truth else { return nil }
    return unsafe min(Int(truth[Int(truncatingIfNeeded: index)]), gru.model.outputSize &- 1)
  }

  private var longestName: UInt32 {
    var longest: UInt32 = 0
    var index = 0
    while index < gru.model.outputSize {
      longest = max(longest, name(of: index).columns)
      index &+= 1
    }
    return longest
  }
}

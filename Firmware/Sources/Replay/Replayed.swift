import Board
import FixedPoint
import GRURuntime
import Printing

/// What a replay has gone through: how many steps, which states, and the deepest stack.
struct Replayed {
  private var steps: UInt32 = 0
  private var trajectory = CRC32()
  private var stack: UInt32 = 0

  /// Takes in the state after a step that used so many bytes of stack.
  mutating func note(_ gru: GRU, _ stack: UInt32) {
    steps &+= 1
    gru.forEachHidden { trajectory.update(UInt32(UInt16(bitPattern: $0)), bytes: 2) }
    self.stack = max(self.stack, stack)
  }

  func print(_ unit: StaticString) {
    Console.write(decimal: steps)
    Console.write(unit)
    Console.write(", trajectory CRC-32 ")
    Console.write(hexadecimal: trajectory.value)
    Console.write(", stack ")
    Console.write(decimal: stack)
    Console.write(" bytes")
  }
}

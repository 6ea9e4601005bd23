import Board
import FaultTests
import Printing
import ReplayModels
import Startup

/// Tries on the device what a product meets in the field, with each network, and prints
/// `NAME: 9 faults, 100000 steps, CRC-32 …, stack … bytes`.
@main
struct Faults {
  private static let steps: UInt32 = 100_000

  static func main() {
    var isRight = true
    var index: UInt32 = 0
    while let subject = unsafe replay_case(index) {
      unsafe Console.write(cString: subject.pointee.name)
      Console.write(": ")
      if unsafe !passesAll(subject) { isRight = false }
      unsafe run(subject)
      Console.write("\n")
      index &+= 1
    }
    machine_exit(isRight ? 0 : 1)
  }

  private static func passesAll(_ subject: UnsafePointer<replay_case_t>) -> Bool {
    var isRight = true
    var index: UInt32 = 0
    while let test = unsafe fault_test(index) {
      if unsafe !test.pointee.passes(subject) {
        unsafe Console.write(cString: test.pointee.name)
        Console.write(" failed, ")
        isRight = false
      }
      index &+= 1
    }
    Console.write(decimal: index)
    Console.write(" faults, ")
    return isRight
  }

  private static func run(_ subject: UnsafePointer<replay_case_t>) {
    var run = unsafe fault_run_t()
    var stack: UInt32 = 0
    unsafe fault_run_start(&run, subject)
    var step: UInt32 = 0
    while step < steps {
      unsafe fault_run_prepare(&run, step)
      stack_paint()
      unsafe fault_run_step(&run)
      stack = max(stack, stack_used())
      unsafe fault_run_record(&run)
      step &+= 1
    }
    Console.write(decimal: steps)
    Console.write(" steps, CRC-32 ")
    unsafe Console.write(hexadecimal: ~run.crc)
    Console.write(", stack ")
    Console.write(decimal: stack)
    Console.write(" bytes")
  }
}

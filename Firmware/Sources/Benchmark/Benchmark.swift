import BenchmarkModel
import Board
import CGRU
import GRURuntime
import Printing
import Startup
import Timing

/// Steps one network on full-scale random inputs, and prints what a step costs.
@main
struct Benchmark {
  static func main() {
    let measured = unsafe benchmark_model().unsafelyUnwrapped.pointee
    unsafe Console.write(cString: measured.name)
    do throws(GRUError) {
      try unsafe report(Subject(measured))
    } catch {
      Console.write(": refused with status ")
      Console.write(decimal: error.rawValue)
      Console.write("\n")
      machine_exit(1)
    }
    machine_exit(0)
  }

  /// One in so many calls leaves less than an instruction of the clock's coarseness.
  private static let steps: UInt32 = 64

  private static func report(_ subject: Subject) {
    var random = Random()
    var stack: UInt32 = 0
    for _ in 0..<8 {
      subject.fillInput(from: &random)
      stack_paint()
      subject.step()
      stack = max(stack, stack_used())
    }
    let instructions = Stopwatch().instructions(
      count: steps,
      of: {
        subject.fillInput(from: &random)
        subject.step()
      },
      beyond: { subject.fillInput(from: &random) })

    Console.write(": ")
    Console.write(decimal: instructions)
    Console.write(" instructions a step, stack ")
    Console.write(decimal: stack)
    Console.write(" bytes\n")
  }
}

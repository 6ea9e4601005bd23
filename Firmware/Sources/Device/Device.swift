import Board
import CGRU
import DeviceModel
import DeviceProtocol
import GRURuntime
import Printing
import Startup

/// Offers one network to `gru validate --device` over the board's console.
@main
struct Device {
  static func main() {
    let offered = unsafe device_model().unsafelyUnwrapped.pointee
    do throws(GRUError) {
      var server = try unsafe DeviceServer(
        network(of: offered), description(of: offered), port: console,
        memory: UnsafeMutableRawBufferPointer(
          start: offered.memory, count: Int(truncatingIfNeeded: offered.memory_size)))
      while true { server.receive(Console.read()) }
    } catch {
      Console.write("refused with status ")
      Console.write(decimal: error.rawValue)
      Console.write("\n")
      machine_exit(1)
    }
  }

  private static func network(of offered: device_model_t) throws(GRUError) -> GRU {
    let model = try unsafe GRUModel(offered.model.pointee)
    return try unsafe GRU(
      model,
      state: UnsafeMutableRawBufferPointer(start: offered.state, count: model.stateSize),
      scratch: UnsafeMutableRawBufferPointer(start: offered.scratch, count: model.scratchSize))
  }

  private static func description(of offered: device_model_t) -> gru_device_description_t {
    unsafe gru_device_description_t(
      model: offered.name, board: offered.board, core: offered.core, counter: counter_name(),
      clock_hz: offered.clock_hz, boot: boot_count())
  }

  private static var console: gru_device_port_t {
    unsafe gru_device_port_t(
      context: nil, write: { _, byte in Console.write(byte) },
      start: { _ in counter_start() }, elapsed: { _ in counter_elapsed() })
  }
}

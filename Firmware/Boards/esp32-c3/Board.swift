import Peripherals
import Startup

/// UART0, on the board's USB bridge or on GPIO 20 and 21.
private var uart: ESP32C3UART { ESP32C3UART() }

public enum Console {
  public static func write(_ byte: UInt8) { uart.write(byte) }
  public static func read() -> UInt8 { uart.read() }
}

@c(machine_start)
public func start() {
  ESP32C3Watchdogs.stop()
  uart.start(rate: 115_200)
}

@c(machine_exit)
public func exit(_ code: Int32) -> Never { halt() }

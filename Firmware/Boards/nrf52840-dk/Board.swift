import Peripherals
import Startup

/// The UART, on the pins that the debugger on the board shows as a serial port.
private var uart: NordicUART { NordicUART(base: 0x4000_2000) }

public enum Console {
  public static func write(_ byte: UInt8) { uart.write(byte) }
  public static func read() -> UInt8 { uart.read() }
}

@c(machine_start)
public func start() {
  NordicClock.startCrystal()
  uart.start(transmitPin: 6, receivePin: 8)
}

@c(machine_exit)
public func exit(_ code: Int32) -> Never { halt() }

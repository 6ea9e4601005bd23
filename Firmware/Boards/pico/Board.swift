import Peripherals
import Startup

/// UART0, on GPIO 0 and 1.
private var uart: PL011 { RaspberryPiChip.rp2040.uart }

public enum Console {
  public static func write(_ byte: UInt8) { uart.write(byte) }
  public static func read() -> UInt8 { uart.read() }
}

@c(machine_start)
public func start() { RaspberryPiChip.rp2040.start() }

@c(machine_exit)
public func exit(_ code: Int32) -> Never { halt() }

import Peripherals
import Startup

/// USART2, which the debugger on the board shows as a serial port.
private var uart: STM32USART { STM32USART(base: 0x4000_4400) }

public enum Console {
  public static func write(_ byte: UInt8) { uart.write(byte) }
  public static func read() -> UInt8 { uart.read() }
}

@c(machine_start)
public func start() {
  STM32Pins.connectUSART2()
  // After reset core and buses run on the internal oscillator.
  uart.start(clock: 16_000_000, rate: 115_200)
}

@c(machine_exit)
public func exit(_ code: Int32) -> Never { halt() }

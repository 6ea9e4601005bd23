import Peripherals
import Startup

/// USART1, which QEMU shows on standard output.
private var uart: STM32USART { STM32USART(base: 0x4001_1000) }

public enum Console {
  public static func write(_ byte: UInt8) { uart.write(byte) }
  public static func read() -> UInt8 { uart.read() }
}

@c(machine_start)
public func start() { uart.start(clock: 16_000_000, rate: 115_200) }

@c(machine_exit)
public func exit(_ code: Int32) -> Never { semihosting_exit(code) }

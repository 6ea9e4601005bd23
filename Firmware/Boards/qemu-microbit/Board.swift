import Peripherals
import Startup

/// The UART of the nRF51822, which QEMU shows on standard output.
private var uart: NordicUART { NordicUART(base: 0x4000_2000) }

public enum Console {
  public static func write(_ byte: UInt8) { uart.write(byte) }
  public static func read() -> UInt8 { uart.read() }
}

@c(machine_start)
public func start() { uart.start(transmitPin: 24, receivePin: 25) }

@c(machine_exit)
public func exit(_ code: Int32) -> Never { semihosting_exit(code) }

import Startup

public enum Console {
  public static func write(_ byte: UInt8) { wasi_write(byte) }
  public static func read() -> UInt8 { wasi_read() }
}

@c(machine_start)
public func start() {}

@c(machine_exit)
public func exit(_ code: Int32) -> Never { wasi_exit(code) }

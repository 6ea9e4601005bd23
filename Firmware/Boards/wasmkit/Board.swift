import Startup

public enum Console {
  public static func write(_ byte: UInt8) { wasi_write(byte) }
}

@c @implementation
public func machine_start() {}

@c @implementation
public func machine_exit(_ code: Int32) -> Never { wasi_exit(code) }

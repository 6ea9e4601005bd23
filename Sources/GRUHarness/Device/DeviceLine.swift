/// Bytes to and from a device.
public protocol DeviceLine: AnyObject {
  /// What the user calls it.
  var name: String { get }
  /// Bits a second, where the line has a speed of its own.
  var baud: Int? { get }

  func send(_ bytes: [UInt8]) throws(DeviceError)

  /// Bytes that have arrived, as soon as there are any; none where there are none before `deadline`.
  func receive(until deadline: ContinuousClock.Instant) throws(DeviceError) -> [UInt8]
}

extension DeviceLine {
  /// How long so many bytes are on their way, each with its start and stop bit.
  func time(of bytes: Int) -> Duration {
    guard let baud else { return .zero }
    return .seconds(10 * Double(bytes) / Double(baud))
  }
}

/// Why nothing can be said of a device's results.
///
///     error: /dev/ttyACM0: no answer to 10 requests
///     hint: …
public struct DeviceError: Error, Equatable {
  public enum Kind: Equatable, Sendable {
    /// There can be no line with this name or speed.
    case misnamed
    /// The line cannot be opened.
    case noLine
    /// Nothing comes from the other end, or the line was closed.
    case noAnswer
    /// What comes is no answer that the protocol knows, or the device was restarted.
    case noProtocol
    /// The device has other constants than the header.
    case otherModel
  }

  public var kind: Kind
  public var port: String
  public var message: String
  public var notes: [String]

  public init(_ kind: Kind, _ port: String, _ message: String, _ notes: [String] = []) {
    self.kind = kind
    self.port = port
    self.message = message
    self.notes = notes
  }

  /// The lines that the user sees, without a final line feed.
  public var description: String {
    (["error: \(port): \(message)"] + notes).joined(separator: "\n")
  }
}

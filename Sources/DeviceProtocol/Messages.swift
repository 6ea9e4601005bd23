/// What the messages in the frames look like. Integers are little-endian.
///
///     request   version u8, kind u8, 0 u16, session u32, sequence u32, body
///     reply     version u8, kind + 128 u8, status u16, session u32, sequence u32,
///               boot u32, steps u32, body
///
///     kind      body of the request            body of the reply, where the status is 0
///     hello     -                              identity, see `Identity`
///     reset     -                              hidden states i16...
///     step      inputs i16..., or a token u16  ticks u32, hidden states i16..., outputs i32...
///     bye       -                              -
public enum Message {
  public static let version: UInt8 = 1
  public static let requestHeaderSize = 12
  public static let replyHeaderSize = 20
  /// What a reply's kind has beyond that of its request.
  public static let replyBit: UInt8 = 0x80
  /// Ticks that the counter could not hold, or that nothing counted.
  public static let unmeasured: UInt32 = .max

  /// What the host asks for.
  public enum Kind: UInt8, Sendable {
    /// Opens a session, whatever there was before; compares the constants with their checksum.
    case hello = 1
    /// Sets the state to that before a sequence's first step.
    case reset
    case step
    /// Closes the session.
    case bye
  }

  /// Why a request is refused; nothing has changed then.
  public enum Status: UInt16, Sendable {
    case ok = 0
    /// The request is of another version of the protocol.
    case version
    case kind
    /// The body does not have the size that the kind and the network ask for.
    case size
    /// No such session: the device was started since, or another host has opened one.
    case session
    /// The request is not the one that follows the last.
    case sequence
    /// A constant is not what the quantizer wrote.
    case checksum
    /// The token is not below the network's input size.
    case token
  }

  /// The body of a hello's reply:
  ///
  ///     model's CRC u32, clock in Hz u32, hidden states u32, input size u16, output size u16,
  ///     input kind u8, texts: model, board, core, counter, each with a zero behind it
  public enum Identity {
    public static let textOffset = 17
    public static let textCount = 4
    /// Without the zero.
    public static let longestText = 63
    public static let largestSize = textOffset + textCount * (longestText + 1)
  }
}

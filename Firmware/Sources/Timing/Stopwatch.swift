import Startup

/// Counts instructions with the board's clock.
///
/// Under `qemu -icount shift=0` each instruction takes one virtual nanosecond, so that ticks are
/// instructions divided by a constant, which a loop of known length tells.
public struct Stopwatch {
  private let ticksOfLoop: UInt32

  private static let loopCount: UInt32 = 1 << 23

  public init() {
    ticksOfLoop = Self.ticks { counted_loop(Self.loopCount) }
  }

  /// Instructions that `body` takes on average over `count` calls, beyond those of `other`.
  public func instructions(
    count: UInt32, of body: () -> Void, beyond other: () -> Void
  ) -> UInt32 {
    let with = Self.ticks { repeated(count, body) }
    let without = Self.ticks { repeated(count, other) }
    return scaled(
      with &- min(with, without), by: 2 &* Self.loopCount / count, over: ticksOfLoop)
  }

  private static func ticks(of body: () -> Void) -> UInt32 {
    clock_start()
    body()
    return clock_ticks()
  }
}

@inline(never)
private func repeated(_ count: UInt32, _ body: () -> Void) {
  var index: UInt32 = 0
  while index < count {
    body()
    index &+= 1
  }
}

/// value · factor / divisor, rounded to nearest; the result must fit 32 bits.
///
/// Bit by bit: a division in 64 bits is a call into a library, and none is linked.
func scaled(_ value: UInt32, by factor: UInt32, over divisor: UInt32) -> UInt32 {
  let product = value.multipliedFullWidth(by: factor)
  var (low, carry) = product.low.addingReportingOverflow(divisor / 2)
  var rest = product.high &+ (carry ? 1 : 0)
  var quotient: UInt32 = 0
  for _ in 0..<32 {
    let top = rest &>> 31
    rest = rest &<< 1 | low &>> 31
    low &<<= 1
    quotient &<<= 1
    if top != 0 || rest >= divisor {
      rest &-= divisor
      quotient |= 1
    }
  }
  return quotient
}

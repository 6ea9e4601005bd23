import _Volatile

/// What must be on before a USART of an STM32F4 reaches its pins.
/// Source: ST, RM0390, "Reset and clock control", "General-purpose I/Os".
public enum STM32Pins {
  /// Clocks port A and USART2, and gives that PA2 and PA3, which a Nucleo's debugger listens to.
  public static func connectUSART2() {
    set(0x4002_3830, 1, mask: 1)  // RCC_AHB1ENR: GPIOAEN
    set(0x4002_3840, 1 << 17, mask: 1 << 17)  // RCC_APB1ENR: USART2EN
    set(0x4002_0020, 0x7700, mask: 0xFF00)  // GPIOA_AFRL: function 7
    set(0x4002_0000, 0b1010 << 4, mask: 0b1111 << 4)  // GPIOA_MODER: alternate function
  }

  private static func set(_ address: UInt, _ value: UInt32, mask: UInt32) {
    let register = unsafe VolatileMappedRegister<UInt32>(unsafeBitPattern: address)
    register.store(register.load() & ~mask | value)
  }
}

# Raspberry Pi Pico: an RP2040, of whose two Cortex-M0+ the first runs the program.
core=cortex-m0plus
triple=armv6m-none-none-eabi
toolset=cortex-m0
boot_rom=rp2040
uf2_family=0xE48BFF56

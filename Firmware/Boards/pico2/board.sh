# Raspberry Pi Pico 2: an RP2350, of whose cores the first Cortex-M33 runs the program.
core=cortex-m33
triple=armv7em-none-none-eabi
toolset=cortex-m4 # Armv7E-M code, which the core runs
boot_rom=rp2350
uf2_family=0xE48BFF59

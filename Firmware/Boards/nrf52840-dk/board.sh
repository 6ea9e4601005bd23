# Nordic nRF52840 DK.
core=cortex-m4
triple=armv7em-none-none-eabi
clock_hz=64000000

# Nordic nRF52840 DK.
core=cortex-m4
triple=armv7em-none-none-eabi

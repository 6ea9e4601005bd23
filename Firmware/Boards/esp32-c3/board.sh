# A board with an ESP32-C3 of revision 3 or later, whose ROM runs images right from flash.
core=rv32imc
triple=riscv32-none-none-eabi
boot_rom=esp32-c3

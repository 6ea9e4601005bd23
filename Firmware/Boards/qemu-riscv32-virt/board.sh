# The 32-bit RISC-V `virt` machine of QEMU.
core=rv32imc
triple=riscv32-none-none-eabi
emulator=(qemu-system-riscv32 -M virt -bios none)

# The 32-bit RISC-V `virt` machine of QEMU: a core with atomic instructions.
core=rv32imac
triple=riscv32-none-none-eabi
folder=qemu-riscv32-virt
emulator=(qemu-system-riscv32 -M virt -cpu rv32,f=false,d=false -nographic -bios none -kernel)

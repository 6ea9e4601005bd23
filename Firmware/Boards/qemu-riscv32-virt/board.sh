# The 32-bit RISC-V `virt` machine of QEMU: a core without atomic instructions.
core=rv32imc
triple=riscv32-none-none-eabi
emulator=(qemu-system-riscv32 -M virt -cpu rv32,a=false,f=false,d=false -nographic -bios none -kernel)

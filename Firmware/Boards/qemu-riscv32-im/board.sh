# The 32-bit RISC-V `virt` machine of QEMU: a core without atomic and compressed instructions.
core=rv32im
triple=riscv32-none-none-eabi
folder=qemu-riscv32-virt
emulator=(qemu-system-riscv32 -M virt -cpu rv32,a=false,c=false,f=false,d=false -nographic
  -bios none -kernel)

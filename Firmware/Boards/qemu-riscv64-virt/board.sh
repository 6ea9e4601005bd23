# The 64-bit RISC-V `virt` machine of QEMU, whose devices and memory are those of the 32-bit one.
core=rv64imac
triple=riscv64-none-none-eabi
folder=qemu-riscv32-virt
emulator=(qemu-system-riscv64 -M virt -cpu rv64,f=false,d=false -nographic -bios none -kernel)

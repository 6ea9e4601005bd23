# The `virt` machine of QEMU with a Cortex-A53, bare: no operating system, MMU and caches off.
core=cortex-a53
triple=aarch64-none-none-elf
emulator=(qemu-system-aarch64 -M virt -cpu cortex-a53 -nographic
  -semihosting-config enable=on,target=native -kernel)

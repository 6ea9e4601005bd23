# The `virt` machine of QEMU with a Cortex-A53, bare: no operating system, MMU and caches off.
# No network card: its boot ROM is a package apart, without which QEMU does not start.
core=cortex-a53
triple=aarch64-none-none-elf
emulator=(qemu-system-aarch64 -M virt -cpu cortex-a53 -nic none -nographic
  -semihosting-config enable=on,target=native -kernel)

#!/usr/bin/env python3
"""Compares the divisors that drivers write with the formulas of the UARTs' manuals.

Emulated devices tell what was written to them; the constants of those that no emulator has, or that
forget, are read from the drivers.
"""

import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RATE = 115_200


def read_word(machine: list[str], image: pathlib.Path, address: int) -> int:
    """A register of an emulated device, after the program's start."""
    emulator = subprocess.Popen(
        [*machine, "-display", "none", "-serial", "null", "-monitor", "stdio", "-kernel", image],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )
    time.sleep(1)
    output, _ = emulator.communicate(f"xp /1xw {address:#x}\nquit\n", timeout=30)
    return int(re.search(r"^[0-9a-f]+: (0x[0-9a-f]+)", output, re.MULTILINE)[1], 16)


def image(board: str) -> pathlib.Path:
    return next((ROOT / "Firmware").glob(f".build-{board}/*-none-none-*/release/Replay"))


def within(name: str, rate: float) -> bool:
    """Both ends of a line together may be off by some 4 % of a bit in ten bits."""
    error = rate / RATE - 1
    print(f"{name}: {rate:.0f} Bd, {100 * error:+.2f} %")
    return abs(error) < 0.01


def main() -> int:
    stm32 = ["qemu-system-arm", "-M", "netduinoplus2", "-serial", "null"]
    virt = ["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a53", "-nic", "none"]
    usart_divisor = read_word(stm32, image("nucleo-f446re"), 0x4000_4408)
    pl011_divisor = (
        64 * read_word(virt, image("qemu-aarch64-virt"), 0x0900_0024)
        + read_word(virt, image("qemu-aarch64-virt"), 0x0900_0028)
    )
    driver = (ROOT / "Firmware/Sources/Peripherals/NordicUART.swift").read_text()
    nordic = int(re.search(r"0x524\)\.store\((\w+)\)", driver)[1], 0)
    passed = [
        within("STM32 USART, 16 MHz", 16e6 / usart_divisor),
        within("PL011, 24 MHz", 24e6 * 4 / pl011_divisor),
        within("nRF UART, 16 MHz", nordic * 16e6 / 2**32),
    ]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())

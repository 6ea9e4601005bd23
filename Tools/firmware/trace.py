"""One call of a function, instruction by instruction, as the emulator runs it."""

import pathlib
import re
import subprocess

from .elf import Symbol

# "Trace 0: 0x7f3568000100 [00800408/000013b4/00000110/ff000201] reset_handler": the second number.
ADDRESS = re.compile(rb"^Trace \d+: 0x[0-9a-f]+ \[[0-9a-f]+/([0-9a-f]+)/", re.MULTILINE)
ONE_BY_ONE = ["-singlestep", "-d", "exec,nochain"]
CHUNK = 1 << 20


def trace(command: list[str | pathlib.Path], function: Symbol, call: int) -> tuple[list[int], int]:
    """The addresses of the instructions of a call (0 is the first), and the one it returns to.

    `command` runs the image in QEMU, which is stopped when the call returns.
    """
    emulator = subprocess.Popen(
        [*map(str, command), *ONE_BY_ONE],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )
    try:
        addresses = read_addresses(emulator.stderr)
        last = 0
        for address in addresses:
            if address == function.address:
                if call == 0:
                    return read_call(addresses, function.address, last + 4)
                call -= 1
            last = address
        raise RuntimeError(f"{function.name} was not called often enough")
    finally:
        emulator.stderr.close()  # else it would wait for a reader, and not see that it shall end
        emulator.terminate()
        emulator.wait()


def read_call(addresses, start: int, after: int) -> tuple[list[int], int]:
    """The rest of a call; BL is 4 bytes long, BLX with a register 2."""
    called = [start]
    for address in addresses:
        if address in (after, after - 2):
            return called, address
        called.append(address)
    raise RuntimeError("the call does not return")


def read_addresses(log):
    """The address of each instruction of a log."""
    rest = b""
    while chunk := log.read(CHUNK):
        end = chunk.rfind(b"\n") + 1
        for text in ADDRESS.findall(rest + chunk[:end]):
            yield int(text, 16)
        rest = chunk[end:]

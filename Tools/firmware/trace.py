"""One call of a function, instruction by instruction, as the emulator runs it."""

import pathlib
import re
import subprocess
from collections.abc import Iterator

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
        return read_call(skip_to(emulator.stderr, function.address, call))
    finally:
        emulator.stderr.close()  # else it would wait for a reader, and not see that it shall end
        emulator.terminate()
        emulator.wait()


def chunks(log) -> Iterator[bytes]:
    """Whole lines of a log."""
    rest = b""
    while chunk := log.read(CHUNK):
        end = chunk.rfind(b"\n") + 1
        yield rest + chunk[:end]
        rest = chunk[end:]


def skip_to(log, start: int, call: int) -> Iterator[bytes]:
    """The log from the line before the call's first instruction on."""
    entry = re.compile(rb"^.*\n.*/%08x/" % start, re.MULTILINE)
    parts = chunks(log)
    last = b""
    for part in parts:
        text = last + part
        found = list(entry.finditer(text))
        if call < len(found):
            yield text[found[call].start() :]
            yield from parts
            return
        call -= len(found)
        last = text[text.rfind(b"\n", 0, -1) + 1 :]
    raise RuntimeError(f"the function at {start:#x} was not called often enough")


def read_call(log: Iterator[bytes]) -> tuple[list[int], int]:
    """Splits a log into the addresses between a call's instruction and where it returns to."""
    caller, called = None, []
    for part in log:
        addresses = [int(text, 16) for text in ADDRESS.findall(part)]
        if caller is None:
            caller = addresses.pop(0)
        # BL is 4 bytes long, BLX with a register 2.
        for length in (2, 4):
            if caller + length in addresses:
                end = addresses.index(caller + length)
                return called + addresses[:end], addresses[end]
        called += addresses
    raise RuntimeError("the call does not return")

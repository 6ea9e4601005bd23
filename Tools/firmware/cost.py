"""What a step of a header's network costs on an emulated board."""

import pathlib
import re
import subprocess

from .boards import Board

PRINTED = re.compile(r": (\d+) instructions a step, stack (\d+) bytes")


def instructions_and_stack(board: Board, image: pathlib.Path) -> tuple[int, int]:
    """What the image of the program Benchmark says, an instruction being a nanosecond."""
    output = subprocess.check_output([*board.emulator(image), "-icount", "shift=0"], text=True)
    found = PRINTED.search(output)
    if not found:
        raise RuntimeError(f"{board.name}: {output}")
    return int(found[1]), int(found[2])

"""The folders of Firmware/Boards, and what Firmware's scripts do with them."""

import os
import pathlib
import signal
import subprocess
from dataclasses import dataclass

FIRMWARE = pathlib.Path(__file__).resolve().parent.parent.parent / "Firmware"
# Begins the last line that Replay prints of several networks.
LAST = "all "


class DoesNotFit(Exception):
    """The networks don't fit the board's memories; says by how much."""


class BuildError(Exception):
    """The image could not be built."""


@dataclass(frozen=True)
class Board:
    name: str
    core: str
    folder: str  # where its Board.swift and memory.ld are
    boot_rom: str  # that of a chip which wants to see more than a program
    uf2_family: int | None
    is_emulated: bool

    @staticmethod
    def all() -> list["Board"]:
        return [Board.named(path.parent.name) for path in sorted(FIRMWARE.glob("Boards/*/board.sh"))]

    @staticmethod
    def named(name: str) -> "Board":
        script = (
            f". '{FIRMWARE}/Boards/{name}/board.sh' && "
            f'printf "%s\\n" "$core" "${{folder:-{name}}}" "$boot_rom" "${{uf2_family:-0}}" "$emulator"'
        )
        core, folder, boot_rom, family, emulator = subprocess.check_output(
            ["bash", "-c", script], text=True
        ).split("\n")[:5]
        return Board(name, core, folder, boot_rom, int(family, 0) or None, bool(emulator))

    @property
    def target(self) -> str:
        """What `gru quantize --target` calls the core."""
        return "riscv32" if self.core.startswith("rv32") else self.core

    def emulator(self, image: pathlib.Path) -> list[str | pathlib.Path]:
        return [FIRMWARE / "emulate", self.name, image]

    def build(self, program: str, headers: list[pathlib.Path], *options: str) -> pathlib.Path:
        """The image of a program with some networks."""
        built = subprocess.run(
            [FIRMWARE / "build", self.name, program, *options, *headers],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        if built.returncode == 0:
            return pathlib.Path(built.stdout.strip())
        too_large = [line for line in built.stderr.splitlines() if "will not fit in region" in line]
        if too_large:
            raise DoesNotFit(too_large[0].split("section ", 1)[-1])
        raise BuildError(built.stderr)

    def replay(self, image: pathlib.Path, networks: int) -> str:
        """What the image prints; a board that only waits when it is done is ended then."""
        last = LAST if networks > 1 else ""
        emulator = subprocess.Popen(
            self.emulator(image), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True,
        )
        output = ""
        try:
            for line in emulator.stdout:
                output += line
                if line.startswith(last):
                    break
        finally:
            if emulator.poll() is None:
                os.killpg(emulator.pid, signal.SIGTERM)
            emulator.wait()
        return output

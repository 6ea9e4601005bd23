"""What an image puts into a board's flash, and whether the board could start it."""

import pathlib
import re
import struct
from dataclasses import dataclass

from .boards import FIRMWARE, Board
from .elf import ELF

RP2040_BOOT = 256
RP2350_BLOCK_WITHIN = 4096
RP2350_BLOCK = struct.pack("<5I", 0xFFFFDED3, 0x10210142, 0x000001FF, 0, 0xAB123579)
ESP32_MAGIC = struct.pack("<2I", 0xAEDB041D, 0xAEDB041D)


@dataclass(frozen=True)
class Region:
    """Of memory.ld."""

    start: int
    size: int

    def holds(self, address: int, count: int = 1) -> bool:
        return self.start <= address and address + count <= self.start + self.size


def regions(board: Board) -> dict[str, Region]:
    text = (FIRMWARE / "Boards" / board.folder / "memory.ld").read_text()
    found = re.findall(r"(\w+)\s*\(\w+\)\s*:\s*ORIGIN = (\w+), LENGTH = ([^\n]+)", text)
    return {name: Region(int(start, 0), size_of(size)) for name, start, size in found}


def size_of(text: str) -> int:
    """Such as `2M - 256`."""
    units = {"": 1, "K": 1 << 10, "M": 1 << 20}
    first, *others = (
        int(number) * units[unit] for number, unit in re.findall(r"(\d+)([KM]?)", text)
    )
    return first - sum(others)


class Flash:
    """The bytes from the lowest address that is loaded to the highest; gaps are filled with 0xFF."""

    def __init__(self, path: str | pathlib.Path) -> None:
        segments = [s for s in ELF(path).segments if s.contents]
        self.start = min(segment.load_address for segment in segments)
        end = max(segment.load_address + len(segment.contents) for segment in segments)
        contents = bytearray(b"\xff" * (end - self.start))
        for segment in segments:
            offset = segment.load_address - self.start
            contents[offset : offset + len(segment.contents)] = segment.contents
        self.contents = bytes(contents)

    def words(self, address: int, count: int) -> tuple[int, ...]:
        return struct.unpack_from(f"<{count}I", self.contents, address - self.start)


def problems(board: Board, path: str | pathlib.Path) -> list[str]:
    """Why the board could not start the image; empty if it could."""
    memory, flash, elf = regions(board), Flash(path), ELF(path)
    found = outside(memory, elf)
    if board.core.startswith("cortex-m"):
        found += wrong_vectors(flash, memory)
    if board.boot_rom == "rp2040":
        found += wrong_rp2040_boot(flash, memory["BOOT"])
    if board.boot_rom == "rp2350":
        found += wrong_rp2350_block(flash)
    if board.boot_rom == "esp32-c3":
        found += wrong_esp32_start(flash, elf, memory)
    return found


def outside(memory: dict[str, Region], elf: ELF) -> list[str]:
    """Everything must lie in a region, where it runs and where it is loaded from."""
    return [
        f"{len(segment.contents)} bytes at {address:#x} are in no memory of the board"
        for segment in elf.segments
        for address in (segment.address, segment.load_address)
        if segment.contents
        and not any(region.holds(address, len(segment.contents)) for region in memory.values())
    ]


def wrong_vectors(flash: Flash, memory: dict[str, Region]) -> list[str]:
    stack, reset, *others = flash.words(memory["FLASH"].start, 16)
    found = []
    if not memory["RAM"].holds(stack - 1) or stack % 8:
        found.append(f"the initial stack pointer is {stack:#x}, expected an end within RAM")
    for number, handler in enumerate([reset, *others], 1):
        is_thumb = handler & 1 and memory["FLASH"].holds(handler & ~1)
        if not is_thumb and (handler or number == 1):
            found.append(f"vector {number} is {handler:#x}, expected Thumb code in flash")
    return found


def wrong_rp2040_boot(flash: Flash, boot: Region) -> list[str]:
    code = flash.contents[: RP2040_BOOT - 4]
    (stored,) = flash.words(boot.start + RP2040_BOOT - 4, 1)
    if flash.start != boot.start or crc32_mpeg2(code) != stored:
        return [f"the boot code's checksum is {stored:#010x}, expected {crc32_mpeg2(code):#010x}"]
    return []


def crc32_mpeg2(data: bytes) -> int:
    """Polynomial 0x04C11DB7, high bit first, from all ones. Source: RP2040 Datasheet, "Checksum"."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = crc << 1 ^ (0x104C11DB7 if crc >> 31 else 0)
    return crc


def wrong_rp2350_block(flash: Flash) -> list[str]:
    place = flash.contents[:RP2350_BLOCK_WITHIN].find(RP2350_BLOCK)
    return [] if place >= 0 and place % 4 == 0 else ["no block in the first 4 KB says what it is"]


def wrong_esp32_start(flash: Flash, elf: ELF, memory: dict[str, Region]) -> list[str]:
    found = []
    if flash.start != 0 or not flash.contents.startswith(ESP32_MAGIC):
        found.append("the image does not begin with the magic numbers of direct boot")
    if elf.entry != memory["CODE"].start + len(ESP32_MAGIC):
        found.append(f"the program starts at {elf.entry:#x}, the boot ROM behind the magic numbers")
    for segment in elf.segments:
        for bus in (memory["CODE"], memory["DATA"]):
            if bus.holds(segment.address) and segment.address - bus.start != segment.load_address:
                found.append(f"{segment.address:#x} is not at its offset {segment.load_address:#x}")
    return found

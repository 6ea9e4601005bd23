"""Reads symbols and contents of a linked 32-bit little-endian ELF image."""

import pathlib
import struct
from bisect import bisect_right
from typing import NamedTuple

ARM, RISCV = 40, 243
OBJECT, FUNCTION = 1, 2
SYMBOL_TABLE, NO_CONTENTS = 2, 8


class Symbol(NamedTuple):
    address: int
    size: int
    name: str
    kind: int  # OBJECT or FUNCTION


class Section(NamedTuple):
    name: str
    kind: int
    address: int
    contents: bytes


class ELF:
    """The symbols that have a size, by address, and the sections."""

    def __init__(self, path: str | pathlib.Path) -> None:
        data = pathlib.Path(path).read_bytes()
        if data[:6] != b"\x7fELF\x01\x01":
            raise ValueError(f"{path}: not a 32-bit little-endian ELF file")
        self.machine = struct.unpack_from("<H", data, 18)[0]
        (offset,) = struct.unpack_from("<I", data, 32)
        _, count, names = struct.unpack_from("<3H", data, 46)
        headers = [struct.unpack_from("<10I", data, offset + 40 * i) for i in range(count)]
        contents = [
            b"" if header[1] == NO_CONTENTS else data[header[4] : header[4] + header[5]]
            for header in headers
        ]
        self.sections = [
            Section(text(contents[names], header[0]), header[1], header[3], bytes_)
            for header, bytes_ in zip(headers, contents)
        ]
        table = next(i for i, header in enumerate(headers) if header[1] == SYMBOL_TABLE)
        strings = contents[headers[table][6]]
        symbols = []
        for name, value, size, info, _, _ in struct.iter_unpack("<3IBBH", contents[table]):
            if size and info & 15 in (OBJECT, FUNCTION):
                # Bit 0 of a function's address says "Thumb".
                address = value & ~1 if info & 15 == FUNCTION else value
                symbols.append(Symbol(address, size, text(strings, name), info & 15))
        self.symbols = sorted(symbols)
        self._starts = [symbol.address for symbol in self.symbols]

    def symbol(self, address: int) -> Symbol | None:
        """The symbol that an address lies in."""
        index = bisect_right(self._starts, address) - 1
        found = self.symbols[index]
        return found if index >= 0 and address < found.address + found.size else None

    def is_constant(self, symbol: Symbol) -> bool:
        """Whether it lies beside the code."""
        return any(
            section.name == ".text" and 0 <= symbol.address - section.address < len(section.contents)
            for section in self.sections
        )

    def word(self, address: int) -> int | None:
        """The 32-bit word at an address beside the code."""
        for section in self.sections:
            start = address - section.address
            if section.name == ".text" and 0 <= start <= len(section.contents) - 4:
                return struct.unpack_from("<I", section.contents, start)[0]
        return None

    def words(self, section: str) -> list[int]:
        """The 32-bit words of a section."""
        contents = b"".join(s.contents for s in self.sections if s.name == section)
        return [word for (word,) in struct.iter_unpack("<I", contents[: len(contents) & ~3])]


def text(strings: bytes, offset: int) -> str:
    return strings[offset : strings.index(b"\0", offset)].decode()

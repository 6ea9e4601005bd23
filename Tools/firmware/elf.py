"""Reads symbols and contents of a linked little-endian ELF image."""

import pathlib
import struct
from bisect import bisect_right
from typing import NamedTuple

ARM, AARCH64, RISCV = 40, 183, 243
OBJECT, FUNCTION = 1, 2
SYMBOL_TABLE, NO_CONTENTS = 2, 8
LOADED = 1
# Sections of code, most often with constants among it, and of constants.
CONSTANTS = (".text", ".rodata")


class Symbol(NamedTuple):
    address: int
    size: int
    name: str
    kind: int  # OBJECT or FUNCTION


class Segment(NamedTuple):
    address: int
    load_address: int
    contents: bytes


class Section(NamedTuple):
    name: str
    kind: int
    address: int
    contents: bytes


class Format(NamedTuple):
    """How a class of ELF files packs its structures."""

    header: str
    segment: str
    segment_fields: tuple[int, int, int, int]  # where offset, addresses, size in the file stand
    section: str
    symbol: str
    symbol_fields: tuple[int, int, int, int]  # where name, value, size and information stand
    pointer: str


FORMATS = {
    1: Format("<16sHHIIIIIHHHHHH", "<8I", (1, 2, 3, 4), "<10I", "<3IBBH", (0, 1, 2, 3), "<I"),
    2: Format("<16sHHIQQQIHHHHHH", "<IIQQQQQQ", (2, 3, 4, 5), "<IIQQQQIIQQ", "<IBBHQQ", (0, 4, 5, 1), "<Q"),
}


class ELF:
    """The symbols that have a size, by address, and the sections."""

    def __init__(self, path: str | pathlib.Path) -> None:
        data = pathlib.Path(path).read_bytes()
        if data[:4] != b"\x7fELF" or data[4] not in FORMATS or data[5] != 1:
            raise ValueError(f"{path}: not a little-endian ELF file")
        self.format = FORMATS[data[4]]
        self.machine = struct.unpack_from("<H", data, 18)[0]
        (_, _, _, _, self.entry, segments, offset, _, _, segment_size, segment_count, size, count,
         names) = struct.unpack_from(self.format.header, data)
        self.segments = []
        for i in range(segment_count):
            fields = struct.unpack_from(self.format.segment, data, segments + segment_size * i)
            if fields[0] == LOADED:
                start, address, load, length = (fields[i] for i in self.format.segment_fields)
                self.segments.append(Segment(address, load, data[start : start + length]))
        headers = [
            struct.unpack_from(self.format.section, data, offset + size * i) for i in range(count)
        ]
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
        for fields in struct.iter_unpack(self.format.symbol, contents[table]):
            name, value, size, info = (fields[i] for i in self.format.symbol_fields)
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
            section.name in CONSTANTS and 0 <= symbol.address - section.address < len(section.contents)
            for section in self.sections
        )

    def word(self, address: int) -> int | None:
        """The word, as long as a pointer, at an address beside the code."""
        size = struct.calcsize(self.format.pointer)
        for section in self.sections:
            start = address - section.address
            if section.name in CONSTANTS and 0 <= start <= len(section.contents) - size:
                return struct.unpack_from(self.format.pointer, section.contents, start)[0]
        return None

    def words(self, section: str) -> list[int]:
        """The words of a section, as long as a pointer."""
        contents = b"".join(s.contents for s in self.sections if s.name == section)
        whole = len(contents) - len(contents) % struct.calcsize(self.format.pointer)
        return [word for (word,) in struct.iter_unpack(self.format.pointer, contents[:whole])]


def text(strings: bytes, offset: int) -> str:
    return strings[offset : strings.index(b"\0", offset)].decode()

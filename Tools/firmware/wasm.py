"""What a step reaches in a WebAssembly module: functions by calls and through its table."""

import pathlib
import re
import subprocess

from .elf import FUNCTION, Symbol
from .reach import Reach

IMPORTS, ELEMENTS = 2, 9
IMPORTED_FUNCTION = 0


class Reader:
    """Goes through a binary's bytes. Format: WebAssembly Core Specification, "Binary Format"."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def number(self) -> int:
        """LEB128 without a sign."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def bytes(self) -> bytes:
        count = self.number()
        self.at += count
        return self.data[self.at - count : self.at]


def sections(path: str | pathlib.Path) -> dict[int, bytes]:
    """The contents of each section but custom ones, by its number."""
    reader = Reader(pathlib.Path(path).read_bytes())
    reader.at = 8  # magic, version
    found = {}
    while reader.at < len(reader.data):
        kind = reader.byte()
        contents = reader.bytes()
        if kind:
            found[kind] = contents
    return found


def imported_functions(contents: bytes) -> list[str]:
    reader = Reader(contents)
    names = []
    for _ in range(reader.number()):
        reader.bytes()  # module
        name = reader.bytes().decode()
        if reader.byte() != IMPORTED_FUNCTION:
            raise ValueError(f"import '{name}' is not a function")
        reader.number()  # type
        names.append(name)
    return names


def table_entries(contents: bytes) -> list[int]:
    """The functions that an indirect call may go to, as linkers write them: from a constant on."""
    reader = Reader(contents)
    entries = []
    for _ in range(reader.number()):
        if reader.number() != 0 or reader.byte() != 0x41:
            raise ValueError("unknown form of a table's contents")
        reader.number()  # place
        reader.byte()  # end of the expression
        entries += [reader.number() for _ in range(reader.number())]
    return entries


class WasmImage:
    def __init__(self, path: str | pathlib.Path) -> None:
        contents = sections(path)
        self.imports = imported_functions(contents.get(IMPORTS, b"\0"))
        self.table = table_entries(contents.get(ELEMENTS, b"\0"))
        self.bodies = disassemble(path)
        self.defined = sorted(self.bodies)

    @property
    def function_names(self) -> set[str]:
        return {*self.imports, *(symbol.name for symbol in self.defined)}

    def functions(self, pattern: re.Pattern) -> list[Symbol]:
        return [symbol for symbol in self.defined if pattern.search(symbol.name)]

    def reach(self, roots: list[Symbol]) -> Reach:
        """Follows calls, and from an indirect one to all functions of the table."""
        found = Reach()
        pending = list(roots)
        while pending:
            function = pending.pop()
            if function in found.functions:
                continue
            found.functions.add(function)
            for text in self.bodies[function]:
                found.instructions += 1
                if text == "unreachable":
                    found.failures.append(f"trap in {function.name}")
                for index in self._called(text):
                    if index < len(self.imports):
                        found.failures.append(f"{function.name} calls {self.imports[index]}")
                    else:
                        pending.append(self.defined[index - len(self.imports)])
        return found

    def _called(self, text: str) -> list[int]:
        call = re.match(r"call\s+(\d+)", text)
        return [int(call[1])] if call else self.table if text.startswith("call_indirect") else []


def disassemble(path: str | pathlib.Path) -> dict[Symbol, list[str]]:
    """The instructions of each function; its size includes the declarations of its variables."""
    output = subprocess.check_output(["llvm-objdump", "-d", str(path)], text=True)
    starts = [
        (int(match[1], 16), match[2], match.end())
        for match in re.finditer(r"^([0-9a-f]{8}) <(.*)>:$", output, re.MULTILINE)
    ][1:]  # the first is the section
    found = {}
    for (start, name, begin), following in zip(starts, starts[1:] + [(None, "", len(output))]):
        lines = re.findall(r"^\s+([0-9a-f]+):((?: [0-9a-f]{2})+)\s+(.*)", output[begin : following[2]],
                           re.MULTILINE)
        last = int(lines[-1][0], 16) + len(lines[-1][1]) // 3
        symbol = Symbol(start, last - start, name, FUNCTION)
        found[symbol] = [text.split("#")[0].strip() for _, _, text in lines]
    return found

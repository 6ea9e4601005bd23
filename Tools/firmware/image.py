"""What a step reaches in an image of Arm, AArch64 or RISC-V: functions by calls and by pointers, and
tables."""

import pathlib
import re
import subprocess

from .elf import AARCH64, ARM, ELF, FUNCTION, RISCV, Symbol
from .reach import Reach
from .wasm import WasmImage

# The Swift step (mangled: GRURuntime.Layers.step) and C's gru_step.
STEP = re.compile(r"GRURuntime6LayersV4step|^gru_step$")
TRAPS = ("udf", "trap", "bkpt", "brk", "ebreak", "unimp", "c.unimp")
# Constants that hold addresses: among them a model's pointers to the functions that serve it.
POINTERS = ".data.rel.ro"
DISASSEMBLER = {ARM: ["--mcpu=cortex-m4"], AARCH64: [], RISCV: ["--mattr=+m,+c,+a"]}


def disassemble(path: str | pathlib.Path) -> dict[int, str]:
    """The text of each instruction, by address."""
    arguments = DISASSEMBLER[ELF(path).machine]
    output = subprocess.check_output(
        ["llvm-objdump", "-d", "--no-show-raw-insn", *arguments, str(path)], text=True
    )
    found = {}
    for line in output.splitlines():
        match = re.match(r"\s*([0-9a-f]+):\s+(.*)", line)
        if match:
            # The bytes of a literal come before its `.word`, whatever the options.
            text = match[2].strip()
            found[int(match[1], 16)] = text[text.find(".word") :] if ".word" in text else text
    return found


class Registers:
    """Addresses that a function forms in registers, each in two instructions."""

    def __init__(self, code: dict[int, str]) -> None:
        self.code = code
        self.values: dict[str, int] = {}

    def step(self, address: int, text: str) -> int | None:
        """Follows one instruction; the address that it forms or calls, if it does."""
        return (
            self._step_arm(address, text)
            or self._step_aarch64(text)
            or self._step_riscv(address, text)
        )

    def _step_arm(self, address: int, text: str) -> int | None:
        """`ldr r, [pc, #n]`, then `add r, pc` or a call."""
        load = re.match(r"ldr(?:\.w)?\s+(r\d+|lr), \[pc, .*@ (0x[0-9a-f]+)", text)
        add = re.match(r"add\s+(r\d+|lr), pc", text)
        call = re.match(r"blx?(?:\.[nw])?\s+(r\d+)", text)
        if load:
            word = self.code.get(int(load[2], 16), "").split()
            self.values.pop(load[1], None)
            if word[:1] == [".word"]:
                self.values[load[1]] = int(word[1], 16)
        elif add and add[1] in self.values:
            self.values[add[1]] = (self.values[add[1]] + address + 4) & 0xFFFFFFFF
            return self.values[add[1]]
        elif call:
            return self.values.get(call[1])
        elif not re.match(r"(str|cm[pn]|tst|teq|push|b|cb)", text):
            # Whatever else begins with a register writes to it.
            written = re.match(r"\S+\s+(r\d+|lr)\b", text)
            self.values.pop(written[1] if written else None, None)
        return None

    def _step_aarch64(self, text: str) -> int | None:
        """`adrp r, page`, then `add s, r, #n`, or a load of what stands there."""
        page = re.match(r"adrp\s+(x\d+), (0x[0-9a-f]+)", text)
        add = re.match(r"add\s+x\d+, (x\d+), #(\w+)", text)
        load = re.match(r"ldr\s+x\d+, \[(x\d+), #(\w+)\]", text)
        if page:
            self.values[page[1]] = int(page[2], 16)
            return None
        use = add or load
        value = self.values.get(use[1]) if use else None
        return None if value is None else value + int(use[2], 0)

    def _step_riscv(self, address: int, text: str) -> int | None:
        """`auipc r, n`, then `addi s, r, m`, `jalr m(r)` or a load of what stands there."""
        upper = re.match(r"auipc\s+(\w+), (\d+)", text)
        add = re.match(r"addi\s+\w+, (\w+), (-?\d+)", text)
        call = re.match(r"(?:jalr|l[wd])\s+(?:\w+, )?(-?\d+)\((\w+)\)", text)
        if upper:
            self.values[upper[1]] = address + (int(upper[2]) << 12)
            return None
        register, offset = (add[1], add[2]) if add else (call[2], call[1]) if call else ("", "0")
        value = self.values.pop(register, None)
        return None if value is None else (value + int(offset)) & 0xFFFFFFFF


def open_image(path: str | pathlib.Path) -> "Image | WasmImage":
    with open(path, "rb") as file:
        return WasmImage(path) if file.read(4) == b"\0asm" else Image(path)


class Image:
    def __init__(self, path: str | pathlib.Path) -> None:
        self.elf = ELF(path)
        self.code = disassemble(path)

    @property
    def function_names(self) -> set[str]:
        return {symbol.name for symbol in self.elf.symbols if symbol.kind == FUNCTION}

    def functions(self, pattern: re.Pattern) -> list[Symbol]:
        return [s for s in self.elf.symbols if s.kind == FUNCTION and pattern.search(s.name)]

    def pointed_to(self) -> list[Symbol]:
        """Functions whose addresses stand in constants: what an indirect call may go to."""
        words = set(self.elf.words(POINTERS))
        thumb = 1 if self.elf.machine == ARM else 0
        return [
            s for s in self.elf.symbols if s.kind == FUNCTION and s.address | thumb in words
        ]

    def reach(self, roots: list[Symbol]) -> Reach:
        """Follows calls, branches and loaded addresses."""
        found = Reach()
        pending = list(roots)
        while pending:
            function = pending.pop()
            if function in found.functions:
                continue
            found.functions.add(function)
            registers = Registers(self.code)
            for address in range(function.address, function.address + function.size, 2):
                if address in self.code:
                    found.instructions += 1
                    pending += self._follow(function, address, registers, found)
        return found

    def _follow(
        self, function: Symbol, address: int, registers: Registers, found: Reach
    ) -> list[Symbol]:
        """Notes one instruction; the functions that it leads to."""
        text = self.code[address]
        if text.startswith(TRAPS):
            found.failures.append(f"trap in {function.name} at {address:#x}: {text}")
        target = registers.step(address, text)
        if target is None:
            target = branch_target(text)
        if target is not None:
            owner = self._owner(target)
            if owner is None:
                found.failures.append(f"{function.name} leaves the known image: {text}")
            elif owner.kind == FUNCTION:
                return [owner]
            elif self.elf.is_constant(owner):
                found.tables.add(owner)
        elif is_indirect_call(text):
            pointers = self.pointed_to()
            if not pointers:
                found.failures.append(f"unknown target in {function.name} at {address:#x}: {text}")
            return pointers
        return []

    def _owner(self, address: int) -> Symbol | None:
        """The symbol at an address; for a place without one, such as one of the linker's table of
        addresses, the symbol that is pointed to from there."""
        owner = self.elf.symbol(address & ~1)
        pointer = self.elf.word(address) if owner is None else None
        return owner if pointer is None else self.elf.symbol(pointer & ~1)


def branch_target(text: str) -> int | None:
    """Where a direct branch or call goes."""
    branch = re.match(
        r"(?:bl?x?|b[a-z]{0,2}|cbn?z"  # Arm
        r"|b\.[a-z]{2}|tbn?z"  # AArch64
        r"|j|jal|b[a-z]+z?)(?:\.[nw])?\s+(?:.*, )?(0x[0-9a-f]+)",  # RISC-V
        text,
    )
    return int(branch[1], 16) if branch else None


def is_indirect_call(text: str) -> bool:
    """A call or a jump to what a register holds; `jr t0` returns from an outlined part."""
    return re.match(r"blx?(\.[nw])?\s+r\d|bl?r\s+x|j(al)?r\s+(?!t0$)", text) is not None

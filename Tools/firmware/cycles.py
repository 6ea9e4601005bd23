"""A model of a Cortex-M4's cycles: memory without wait states, no branch predicted.

    load or store           2, or 1 right after another load or store of any kind
    LDM, STM, PUSH, POP,    1 + registers
      LDRD, STRD
    MLA, MLS                2
    UDIV, SDIV              6 (2 to 12, by the operands)
    TBB, TBH                2
    any other               1, so the long multiplications and the DSP instructions too
    VLDR, VSTR              2
    VLDM, VSTM, VPUSH, VPOP 1 + registers
    VMLA, VFMA and kin      3
    VDIV, VSQRT             14
    any of them that        2 more
      doesn't go on to the next address

An instruction that its condition skips counts as if it ran.
Source: Arm, Cortex-M4 Technical Reference Manual, "Instruction set summary".
"""

import re
from collections import Counter
from collections.abc import Sequence

SINGLE = re.compile(r"(ldr|str)(s?[bh])?t?$")
MULTIPLE = re.compile(r"(v?ldm|v?stm|v?push|v?pop)")
DOUBLE = re.compile(r"(ldrd|strd)$")
FIXED = [
    (re.compile(r"ml[as]$"), 2),
    (re.compile(r"[us]div$"), 6),
    (re.compile(r"tb[bh]$"), 2),
    (re.compile(r"v(ldr|str)$"), 2),
    (re.compile(r"v(n?ml|fn?m)[as]$"), 3),
    (re.compile(r"v(div|sqrt)$"), 14),
]
REFILL = 2
CONDITIONS = "eq|ne|cs|hs|cc|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le"


def mnemonic(text: str) -> str:
    """The operation, without its width, its type and its condition."""
    name = text.split()[0].split(".")[0]
    conditional = re.fullmatch(rf"(.{{3,}})({CONDITIONS})", name)
    return conditional[1] if conditional and name not in ("smmls", "vnmls") else name


def reaches_memory(text: str) -> bool:
    """Whether this loads or stores core registers, one or several."""
    name = mnemonic(text)
    return any(kind.match(name) for kind in (SINGLE, MULTIPLE, DOUBLE))


def registers(text: str) -> int:
    """How many registers `{r0, r4-r7, lr}` names."""
    count = 0
    for part in text[text.index("{") + 1 : text.index("}")].split(","):
        ends = [int(number) for number in re.findall(r"\d+", part)]
        count += ends[1] - ends[0] + 1 if "-" in part else 1
    return count


def cost(text: str, previous: str) -> int:
    """Cycles of one instruction that goes on to the next address."""
    name = mnemonic(text)
    if SINGLE.match(name):
        return 1 if reaches_memory(previous) else 2
    if DOUBLE.match(name):
        return 3
    if MULTIPLE.match(name):
        return 1 + registers(text)
    return next((cycles for pattern, cycles in FIXED if pattern.match(name)), 1)


def sizes(code: dict[int, str]) -> dict[int, int]:
    """Bytes of each instruction."""
    addresses = sorted(code)
    following = addresses[1:] + [addresses[-1] + 4]
    return {here: min(4, there - here) for here, there in zip(addresses, following)}


def cycles(code: dict[int, str], trace: Sequence[int], after: int) -> int:
    """Cycles of the instructions at the addresses of `trace`, which `after` follows."""
    size = sizes(code)
    runs = Counter(zip([None, *trace], trace, [*trace[1:], after]))
    total = 0
    for (previous, here, following), count in runs.items():
        each = cost(code[here], code[previous] if previous is not None else "nop")
        each += 0 if following == here + size[here] else REFILL
        total += count * each
    return total

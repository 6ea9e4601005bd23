"""The pages of the documents, and the code blocks in them."""

import dataclasses
import pathlib
import re

CATALOGUE = "Sources/GRURuntime/GRURuntime.docc"
# What stands at the beginning of a command.
COMMAND = re.compile(
    r"^(\$ |(gru|swift|python3?|pip|cmake|cd|export) |(Tools|Firmware)/\w|\w+=\$\()"
)


class Fault(Exception):
    """What is wrong with a page."""


@dataclasses.dataclass(frozen=True)
class Block:
    """Code between fences."""

    page: str
    line: int
    language: str
    text: str

    @property
    def first(self) -> str:
        return self.text.partition("\n")[0]

    def __str__(self) -> str:
        return f"{self.page}, line {self.line}"


def all_pages(root: pathlib.Path) -> dict[str, pathlib.Path]:
    """The front page, the catalogue by its names, and what lies beside code by its path."""
    pages = {"README.md": root / "README.md"}
    pages |= {page.name: page for page in sorted((root / CATALOGUE).glob("*.md"))}
    for folder in ["Firmware", "Tools"]:
        for page in sorted((root / folder).rglob("README.md")):
            if ".build" not in str(page):
                pages[str(page.relative_to(root))] = page
    return pages


def blocks(page: pathlib.Path, name: str) -> list[Block]:
    """All blocks of a page; those without a language are drawings and equations, and no code."""
    found: list[Block] = []
    start, language, lines = 0, "", []
    previous = ""
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if not start and line.startswith("```"):
            start, language, lines = number, line[3:], []
        elif start and line == "```":
            found.append(Block(name, start, language, "".join(l + "\n" for l in lines)))
            start = 0
        elif start:
            lines.append(line)
        elif line.startswith("    ") and not previous:
            raise Fault(f"{name}, line {number}: an indented block: give it fences and a language")
        previous = line
    if start:
        raise Fault(f"{name}, line {start}: a block without end")
    for block in found:
        command = next((l for l in block.text.splitlines() if COMMAND.match(l)), None)
        if not block.language and command:
            raise Fault(f"{block}: '{command}' is a command: the block needs a language")
    return found

"""The messages that the sources can give to a user, and those that Troubleshooting.md explains."""

import pathlib
import re
from collections.abc import Iterator

from .blocks import CATALOGUE

PAGE = f"{CATALOGUE}/Troubleshooting.md"
HEADER = "Sources/CGRU/include/gru.h"
# Calls whose first text is what a user reads.
CALLS = re.compile(
    r"(?<!func )\b(?:InputError|Failure|Failure\.usage|DeviceError|QuantizationError|DataMismatch"
    r"|SyntaxError|OtherContainer|error|wrong|damaged|fail|failure|closed|unexpected|unknownReply"
    r"|restarted|complain|Verdict(?=\(\s*passes: false))\("
)
# Texts that say themselves what they are.
REMARKS = re.compile(r'(?="(?:error|warning): \w)')
# Files all of whose sentences are for the user.
SENTENCES = ["CalibrationWarnings.swift", "InputWarnings.swift", "Emulator.swift", "Limits.swift"]
# In CMake a message may have several texts; in C it is one line.
FATAL = re.compile(r'message\(FATAL_ERROR\s+((?:"[^"]*"\s*)+)\)')
STATUS = re.compile(r"^  (GRU_[A-Z_]+),? +/\*", re.MULTILINE)
REMARK = re.compile(r"^(error|warning|note|hint): ")


def in_sources(root: pathlib.Path) -> dict[str, str]:
    """Each message, … in place of what varies, and the place that it comes from."""
    found: dict[str, str] = {}
    for file in sorted((root / "Sources").rglob("*.swift")):
        for line, text in swift_messages(file):
            text = REMARK.sub("", text.strip())
            # What is put together of other messages says nothing itself, nor does a single word.
            if len(re.findall(r"[a-z]{2,}", text)) > 1:
                found.setdefault(text, f"{file.relative_to(root)}:{line}")
    for file in sorted((root / "Firmware" / "Integrations").rglob("*.cmake")):
        for match in FATAL.finditer(file.read_text()):
            text = "".join(re.findall(r'"([^"]*)"', match[1]))
            found[re.sub(r"\$\{\w+\}", "…", text)] = str(file.relative_to(root))
    for status in STATUS.findall((root / HEADER).read_text()):
        found[status] = HEADER
    return found


def on_page(root: pathlib.Path) -> list[str]:
    """The messages in the first column of the page's tables."""
    rows = re.findall(r"^\| (`.*?`) \|", (root / PAGE).read_text(), re.MULTILINE)
    return [message for row in rows for message in re.findall(r"`([^`]+)`", row)]


def faults(root: pathlib.Path) -> list[str]:
    """Messages without an entry on the page, and entries of which no message is left."""
    sources, entries = in_sources(root), on_page(root)
    patterns = {entry: pattern(entry) for entry in entries}
    found = [
        f"{place}: '{text}' has no entry in {PAGE}"
        for text, place in sources.items()
        if not any(p.fullmatch(text) for p in patterns.values())
    ]
    found += [
        f"{PAGE}: no source has the message '{entry}'"
        for entry, p in patterns.items()
        if not any(p.fullmatch(text) for text in sources)
    ]
    return found + [f"{PAGE}: '{e}' twice" for e in set(entries) if entries.count(e) > 1]


def pattern(entry: str) -> re.Pattern[str]:
    """… stands for anything, so that one entry can be for several messages; what the system adds
    after a colon may be missing."""
    return re.compile(".*".join(map(re.escape, entry.split("…"))) + "(: …)?", re.DOTALL)


# MARK: Reading Swift


def swift_messages(file: pathlib.Path) -> Iterator[tuple[int, str]]:
    source = re.sub(r"^\s*//.*$", "", file.read_text(), flags=re.MULTILINE)
    if file.name in SENTENCES:
        matches = re.finditer(r'(?<![\\"\w])(?=")', source)
        end = 0
        for match in matches:
            if match.start() >= end:
                text, end = sentence(source, match.start())
                if text.strip().count(" ") > 2:
                    yield source.count("\n", 0, match.start()) + 1, text
        return
    for call in CALLS.finditer(source):
        for text in first_texts(source, call.end()):
            yield source.count("\n", 0, call.start()) + 1, text
    for remark in REMARKS.finditer(source):
        yield source.count("\n", 0, remark.start()) + 1, sentence(source, remark.start())[0]


def first_texts(source: str, place: int) -> list[str]:
    """The first string among a call's arguments, `place` being behind its parenthesis; two where
    ?: chooses between them."""
    depth = 1
    while depth:
        if source[place] == '"':
            text, place = sentence(source, place)
            other = re.compile(r'\s*:\s*(?=")').match(source, place)
            return [text, sentence(source, other.end())[0]] if other else [text]
        depth += {"(": 1, ")": -1}.get(source[place], 0)
        place += 1
    return []


def sentence(source: str, place: int) -> tuple[str, int]:
    """The strings that begin here and are joined by +, and the place behind them."""
    text, place = literal(source, place)
    while following := re.compile(r'\s*\+\s*(?=")').match(source, place):
        more, place = literal(source, following.end())
        text += more
    return (text + "…" if re.compile(r"\s*\+").match(source, place) else text), place


def literal(source: str, place: int) -> tuple[str, int]:
    """A string literal, with … for interpolations and for the places of a format."""
    if source.startswith('"""', place):
        end = source.index('"""', place + 3)
        return re.sub(r"\\\(\w+\)", "…", source[place + 3 : end].strip()), end + 3
    text, place = "", place + 1
    while source[place] != '"':
        if source.startswith("\\(", place):
            text, place = text + "…", behind(source, place + 2)
        elif source[place] == "\\":
            text, place = text + source[place + 1].replace("n", "\n"), place + 2
        else:
            text, place = text + source[place], place + 1
    return re.sub(r"%[-+.0-9]*[dfeg]", "…", text), place + 1


def behind(source: str, place: int) -> int:
    """The place behind the parenthesis that closes an interpolation."""
    depth = 1
    while depth:
        if source[place] == '"':
            place = literal(source, place)[1]
            continue
        depth += {"(": 1, ")": -1}.get(source[place], 0)
        place += 1
    return place

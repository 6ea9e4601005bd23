"""The mutations of a body: small changes that a test should notice."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mutation.swift_source import CLOSING, OPENING, Body, Token, closing

# Each operator, with space on both sides, and what stands in its place.
OPERATORS = {
    "+": "-", "-": "+", "*": "+", "/": "*", "%": "*",
    "&+": "&-", "&-": "&+", "&*": "&+",
    "<<": ">>", ">>": "<<", "&<<": "&>>", "&>>": "&<<",
    "&": "|", "|": "&", "^": "|",
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==",
    "&&": "||", "||": "&&",
    "+=": "-=", "-=": "+=", "*=": "+=", "&+=": "&-=", "&-=": "&+=", "&>>=": "&<<=",
}  # fmt: skip
NAMES = {"min": "max", "max": "min", "true": "false", "false": "true"}
RANGES = {"..<": "...", "...": "..<"}
# What this machine's builds leave out.
ELSE = re.compile(r"#else\n.*?#endif", re.DOTALL)
INTEGER = re.compile(r"Int\d*|UInt\d*")
# Lines that begin with one of these are no statements that can be left out.
NOT_REMOVED = {
    "let", "var", "if", "for", "while", "guard", "switch", "case", "default", "return", "throw",
    "func", "do", "defer", "else", "repeat", "some", "in",
}  # fmt: skip


@dataclass(frozen=True)
class Mutation:
    """The text from `start` to `end` becomes `new`."""

    kind: str
    start: int
    end: int
    new: str


def mutations(text: str, found: list[Token], body: Body) -> Iterator[Mutation]:
    inside = [token for token in found if body.start <= token.start < body.end]
    left_out = [match.span() for match in ELSE.finditer(text)]
    for changes in (
        of_tokens(text, inside), negated_conditions(text, inside),
        removed_statements(text, inside, body), early_returns(inside, body),
    ):  # fmt: skip
        for change in changes:
            if not any(start < change.start < end for start, end in left_out):
                yield change


def of_tokens(text: str, inside: list[Token]) -> Iterator[Mutation]:
    """Operators, ranges, calls of min and max, truth values and integers."""
    for index, token in enumerate(inside):
        before = text[token.start - 1]
        if token.kind == "operator":
            is_binary = before.isspace() and text[token.end].isspace()
            if is_binary and token.text in OPERATORS and not joins_strings(inside, index):
                yield Mutation("operator", token.start, token.end, OPERATORS[token.text])
            elif token.text in RANGES and not before.isspace():
                yield Mutation("range", token.start, token.end, RANGES[token.text])
        elif token.text in NAMES and before != ".":
            is_call = text[token.end] == "("
            if is_call or token.text in ("true", "false"):
                yield Mutation("name", token.start, token.end, NAMES[token.text])
        elif token.kind == "number":
            yield from of_integer(text, token)


def joins_strings(inside: list[Token], index: int) -> bool:
    neighbours = inside[max(0, index - 1)], inside[min(index + 1, len(inside) - 1)]
    return inside[index].text in ("+", "+=") and any(t.kind == "string" for t in neighbours)


def of_integer(text: str, token: Token) -> Iterator[Mutation]:
    """One more and one less; what follows a point is the name of a part."""
    is_real = not token.text.startswith("0x") and ("." in token.text or "e" in token.text)
    if is_real or text[token.start - 1] == ".":
        return
    value = int(token.text.replace("_", ""), 0)
    yield Mutation("constant", token.start, token.end, written(value + 1, token.text))
    if value > 0:
        yield Mutation("constant", token.start, token.end, written(value - 1, token.text))


def written(value: int, like: str) -> str:
    return f"0x{value:X}" if like.startswith("0x") else str(value)


def negated_conditions(text: str, inside: list[Token]) -> Iterator[Mutation]:
    """Every condition of `if`, `guard` and `while` that binds no name."""
    for index, token in enumerate(inside):
        if token.text not in ("if", "guard", "while") or text[token.start - 1] in "#.":
            continue
        start = index + 1
        for end in condition_ends(inside, start):
            condition = inside[start:end]
            if condition and condition[0].text not in ("let", "var", "case", "#"):
                a, b = condition[0].start, condition[-1].end
                yield Mutation("condition", a, b, f"!({text[a:b]})")
            start = end + 1


def condition_ends(inside: list[Token], index: int) -> list[int]:
    """Where the conditions from `index` on end: at commas, and at a brace or `else`.

    A trailing closure would look like the brace; `swift format` puts those into parentheses.
    """
    ends = []
    while index < len(inside):
        if inside[index].text in ("{", "else"):
            return [*ends, index]
        if inside[index].text == ",":
            ends.append(index)
        index = closing(inside, index) + 1 if inside[index].text in "([" else index + 1
    return []


def removed_statements(text: str, inside: list[Token], body: Body) -> Iterator[Mutation]:
    """Statements that fill a line: what continues one is indented deeper or begins with a mark."""
    lines: dict[int, list[Token]] = {}
    for token in inside:
        lines.setdefault(text.rfind("\n", 0, token.start), []).append(token)
    starts = sorted(lines)
    for place, start in enumerate(starts):
        line = lines[start]
        if body.start > start or line[0].text in NOT_REMOVED or line[0].kind != "name":
            continue
        if line[0].text[0] in "#$" or body.result and len(starts) == 1:
            continue
        depth = sum((t.text in OPENING) - (t.text in CLOSING) for t in line)
        if depth or line[-1].text in (",", "{", ":", "in") or line[-1].kind == "operator":
            continue
        previous = lines[starts[place - 1]] if place else None
        following = lines[starts[place + 1]] if place + 1 < len(starts) else None
        if previous and previous[0].start - starts[place - 1] < line[0].start - start:
            if previous[-1].text not in ("{", "in", ":"):
                continue
        if previous and previous[-1].text in ("=", ",", "(", "["):
            continue
        if following and following[0].start - starts[place + 1] > line[0].start - start:
            continue
        if following and (following[0].kind == "operator" or following[0].text in ".)]"):
            continue
        yield Mutation("statement", line[0].start, line[-1].end, "")


def early_returns(inside: list[Token], body: Body) -> Iterator[Mutation]:
    """A function that does nothing, or has its plainest result."""
    if body.is_initializer or not inside:
        return
    result = re.sub(r"\bwhere\b.*", "", body.result, flags=re.DOTALL).strip()
    values = []
    if result.endswith("?"):
        values = ["nil"]
    elif result == "Bool":
        values = ["true", "false"]
    elif INTEGER.fullmatch(result):
        values = ["0"]
    if not result:
        yield Mutation("return", body.start, body.end, " return ")
    elif any(token.text == "return" for token in inside):
        for value in values:
            yield Mutation("return", body.start, body.end, f" return {value} ")
    else:
        written_value = " ".join(token.text for token in inside)
        for value in values:
            if value != written_value:
                yield Mutation("return", body.start, body.end, f" {value} ")

"""Swift source as tokens, and where its functions have their bodies.

No parser of the whole language: it relies on what `swift format` makes of every file, such as
spaces around binary operators, and white space says the rest.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<comment>//[^\n]*|/\*.*?\*/)"
    r'|(?P<string>#*"""|#*")'
    r"|(?P<regex>/(?![\s/*=])[^\n]*?[^\\\n]/)"
    r"|(?P<number>0x[0-9A-Fa-f_]+|0b[01_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:e[-+]?\d+)?)"
    r"|(?P<name>[@#$]?\w+|`\w+`)"
    r"|(?P<operator>\.\.[.<]|[-+*/%<>=!&|^~?]+)"
    r"|(?P<mark>.)",
    re.DOTALL,
)
OPENING, CLOSING = "([{", ")]}"
# What may follow a declaration without a body.
DECLARATIONS = {"func", "var", "let", "init", "case", "static", "mutating", "subscript"}


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True)
class Body:
    """What stands between the braces of a function, an initializer or a computed property."""

    name: str
    start: int
    end: int
    # The text between the parameters and the brace, such as `throws -> Int`; a property's type.
    result: str
    is_initializer: bool


@dataclass(frozen=True)
class Constant:
    """The value of a stored property, on one line."""

    name: str
    start: int
    end: int


def string_end(text: str, start: int, quote: str) -> int:
    """The place behind the string at `start`, with the strings in its interpolations."""
    hashes = quote.count("#")
    closing = quote.lstrip("#") + "#" * hashes
    escape = "\\" + "#" * hashes
    place = start + len(quote)
    while not text.startswith(closing, place):
        if text.startswith(escape + "(", place):
            place = interpolation_end(text, place + len(escape) + 1)
        else:
            place += len(escape) + 1 if text.startswith(escape, place) else 1
    return place + len(closing)


def interpolation_end(text: str, place: int) -> int:
    depth = 1
    while depth:
        if quote := re.compile(r'#*"(?:"")?').match(text, place):
            place = string_end(text, place, quote[0])
            continue
        depth += (text[place] == "(") - (text[place] == ")")
        place += 1
    return place


def tokens(text: str) -> list[Token]:
    """All tokens but space and comments; a string is one of them."""
    found: list[Token] = []
    place = 0
    while place < len(text):
        match = TOKEN.match(text, place)
        kind, end = match.lastgroup, match.end()
        if kind == "string":
            end = string_end(text, place, match[0])
        if kind == "regex" and found and text[place - 1] not in " (\n":
            kind, end = "operator", place + 1
        if kind not in ("space", "comment"):
            found.append(Token(kind, text[place:end], place))
        place = end
    return found


def closing(found: list[Token], index: int) -> int:
    """The index of the bracket that closes the one at `index`."""
    depth = 0
    while True:
        depth += (found[index].text in OPENING) - (found[index].text in CLOSING)
        if depth == 0:
            return index
        index += 1


def bodies(text: str, found: list[Token]) -> Iterator[Body]:
    """The outermost bodies; functions in functions are parts of them."""
    index = 0
    while index < len(found):
        token, before = found[index], found[index - 1].text if index else ""
        brace = None
        if token.text in ("func", "init", "subscript") and before != ".":
            brace = function_brace(found, index)
        elif token.text == "var" and before != "case":
            brace = property_brace(found, index)
        if brace is None:
            index += 1
            continue
        end = closing(found, brace)
        yield from declared_bodies(text, found, index, brace, end)
        index = end + 1


def function_brace(found: list[Token], index: int) -> int | None:
    """The brace after a function's parameters, if it has a body."""
    index += 1
    while index < len(found):
        text = found[index].text
        if text == "{":
            return index
        if text == "}" or text in DECLARATIONS or text.startswith("@"):
            return None
        index = closing(found, index) + 1 if text in "([" else index + 1
    return None


def property_brace(found: list[Token], index: int) -> int | None:
    """The brace after `var NAME: TYPE`, if nothing is assigned before it."""
    if found[index + 2].text != ":":
        return None
    index += 3
    while index < len(found):
        text = found[index].text
        if text == "{":
            return index
        if text in ("=", "}", ",", ";") or text in DECLARATIONS or text.startswith("@"):
            return None
        index = closing(found, index) + 1 if text in "([" else index + 1
    return None


def declared_bodies(
    text: str, found: list[Token], first: int, brace: int, end: int
) -> Iterator[Body]:
    name = found[first].text if found[first].text == "init" else found[first + 1].text
    is_property = found[first].text == "var"
    accessors = [
        i for i in range(brace + 1, end)
        if found[i].text in ("get", "set", "didSet", "willSet") and found[i + 1].text == "{"
        and found[i - 1].text in "{}"
    ]
    if found[brace + 1].text == "get" and text[found[brace + 1].end :].lstrip()[0] != "{":
        return  # `{ get set }` of a protocol
    signature = text[found[first].end : found[brace].start]
    result = signature.rpartition(":" if is_property else "->")[2].strip()
    if not is_property and "->" not in signature:
        result = ""
    if not accessors:
        yield Body(name, found[brace].end, found[end].start, result, found[first].text == "init")
    for accessor in accessors:
        last = closing(found, accessor + 1)
        is_getter = found[accessor].text == "get"
        yield Body(
            name, found[accessor + 1].end, found[last].start, result if is_getter else "", False)


def constants(text: str, found: list[Token]) -> Iterator[Constant]:
    """Stored properties outside functions whose value stands on their line."""
    inside = [(body.start, body.end) for body in bodies(text, found)]
    for index, token in enumerate(found):
        if token.text not in ("let", "var") or any(a <= token.start < b for a, b in inside):
            continue
        line_end = text.index("\n", token.start)
        line = [t for t in found[index:] if t.start < line_end]
        equals = next((i for i, t in enumerate(line) if t.text == "="), None)
        depth = sum((t.text in OPENING) - (t.text in CLOSING) for t in line)
        if equals is None or equals + 1 == len(line) or depth or any(t.text == "{" for t in line):
            continue
        following = text[line_end + 1 :].split("\n", 1)[0]
        indentation = len(following) - len(following.lstrip())
        start_of_line = text.rfind("\n", 0, token.start) + 1
        own = text[start_of_line:]
        if following.strip() and indentation > len(own) - len(own.lstrip()):
            continue
        yield Constant(line[1].text, line[equals + 1].start, line[-1].end)

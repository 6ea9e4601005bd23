"""Mutants of many functions in one build, chosen when a program starts.

Each function's body becomes

    switch gru_mutant(BODY) {
    case 17: the body with mutation 17
    …
    default: the body
    }

where `gru_mutant` is a function in C that notes that BODY was reached, and returns the number in
the environment variable GRU_MUTANT. Whole bodies are copied, so that nothing else about them
changes.
"""

import hashlib
import pathlib
import re
from dataclasses import dataclass

from mutation.mutations import Mutation, mutations, of_tokens
from mutation.swift_source import Body, Constant, bodies, constants, tokens

MODULE = "GRUMutant"
HEADER = """#include <stdint.h>
extern int32_t gru_mutant_selected;
extern uint8_t gru_mutant_reached[];
static inline int32_t gru_mutant(int32_t body) {
  gru_mutant_reached[body] = 1;
  return gru_mutant_selected;
}
"""
# A number of bodies that is never reached, so that one mutant less builds nothing else anew.
SOURCE = """#include "gru_mutant.h"
#include <stdio.h>
#include <stdlib.h>
int32_t gru_mutant_selected;
enum { BODIES = 1 << 16 };
uint8_t gru_mutant_reached[BODIES];
__attribute__((constructor)) static void select_mutant(void) {
  const char *number = getenv("GRU_MUTANT");
  if (number) gru_mutant_selected = atoi(number);
}
__attribute__((destructor)) static void write_reached(void) {
  const char *path = getenv("GRU_MUTANT_REACHED");
  FILE *file = path ? fopen(path, "a") : 0;
  if (!file) return;
  for (int body = 0; body < BODIES; body++)
    if (gru_mutant_reached[body]) fprintf(file, "%d\\n", body);
  fclose(file);
}
"""
# Appended to the manifest of the copy.
MANIFEST = """
for target in package.targets where !["CGRU"].contains(target.name) {
  target.dependencies.append("GRUMutant")
}
package.targets.append(.target(name: "GRUMutant"))
"""


@dataclass(frozen=True)
class Mutant:
    """A mutation by what it changes, which stays true when lines move."""

    file: str
    function: str
    # The line, or as many as the mutation changes, without what it is indented by.
    line: str
    change: str
    mutation: Mutation
    place: Body | Constant

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.file, self.function, self.line, self.change

    def rank(self, seed: int) -> str:
        """An order that is random, but of each mutant on its own: others don't move it."""
        return hashlib.sha256(repr((seed, self.key)).encode()).hexdigest()

    def __str__(self) -> str:
        return f"{self.file}: {self.function}: {self.line}\n    {self.change}"


def mutants(file: str, text: str) -> list[Mutant]:
    """Every mutant of a file; two that read the same are told apart by their number."""
    found = tokens(text)
    made: list[Mutant] = []
    for body in bodies(text, found):
        for mutation in mutations(text, found, body):
            made.append(described(file, text, body, mutation))
    for constant in constants(text, found):
        inside = [token for token in found if constant.start <= token.start < constant.end]
        for mutation in of_tokens(text, inside):
            made.append(described(file, text, constant, mutation))
    return numbered(made)


def described(file: str, text: str, place: Body | Constant, mutation: Mutation) -> Mutant:
    first = text.rfind("\n", 0, mutation.start) + 1
    old = text[mutation.start : mutation.end]
    if mutation.kind == "return":
        line, change = f"func {place.name}", f"only {mutation.new.strip()}"
    else:
        last = text.find("\n", mutation.end)
        line = " ".join(text[first:last].split())
        new = " ".join(mutation.new.split())
        old = " ".join(old.split())
        change = {
            "condition": f"negates {old}",
            "statement": "leaves it out",
        }.get(mutation.kind, f"{old} becomes {new}")
        if text[first : mutation.start].count(old) and mutation.kind != "statement":
            change += f" in column {mutation.start - first - indentation(text, first) + 1}"
    return Mutant(file, place.name, line, change, mutation, place)


def indentation(text: str, first: int) -> int:
    return len(text[first:]) - len(text[first:].lstrip(" "))


def numbered(made: list[Mutant]) -> list[Mutant]:
    seen: dict[tuple, int] = {}
    result = []
    for mutant in made:
        seen[mutant.key] = count = seen.get(mutant.key, 0) + 1
        if count > 1:
            mutant = Mutant(
                mutant.file, mutant.function, mutant.line, f"{mutant.change}, the {count}. time",
                mutant.mutation, mutant.place)  # fmt: skip
        result.append(mutant)
    return result


def sample(made: list[Mutant], count: int, seed: int) -> list[Mutant]:
    """`count` mutants of a file, of each kind in turn, so that no kind fills it."""
    kinds: dict[str, list[Mutant]] = {}
    for mutant in sorted(made, key=lambda mutant: mutant.rank(seed)):
        kinds.setdefault(mutant.mutation.kind, []).append(mutant)
    ordered = sorted(
        (index, mutant.rank(seed), mutant)
        for group in kinds.values()
        for index, mutant in enumerate(group)
    )
    return [mutant for _, _, mutant in ordered[:count]]


@dataclass
class Rewritten:
    """A file of the copy, and whose text its lines are: of a mutant, or of a body's rest."""

    text: str
    # First and last line, number of the mutant (0: the body as it was), the mutants of the body.
    lines: list[tuple[int, int, int, list[int]]]
    # The number of each mutant's body.
    bodies: dict[int, int]

    def culprits(self, line: int) -> list[int]:
        """The mutants of which one doesn't compile, for an error in a line."""
        for first, last, number, others in self.lines:
            if first <= line <= last:
                return [number] if number else others
        return []


def rewritten(text: str, chosen: dict[int, Mutant]) -> Rewritten:
    """A file with all the chosen mutants, by number. A body's number is its first mutant's."""
    places: dict[Body | Constant, list[int]] = {}
    for number, mutant in chosen.items():
        places.setdefault(mutant.place, []).append(number)
    pieces: list[str] = [f"public import {MODULE}\n"]
    spans: list[tuple[int, int, int, list[int]]] = []
    body_of: dict[int, int] = {}
    written_lines = 1
    end = 0

    def write(piece: str, number: int | None = None, others: list[int] = []) -> None:
        nonlocal written_lines
        pieces.append(piece)
        first = written_lines + 1
        written_lines += piece.count("\n")
        if number is not None:
            # An error of the whole function may stand at its brace.
            spans.append((first, written_lines + (0 if number else 2), number, others))

    for place in sorted(places, key=lambda place: place.start):
        numbers = places[place]
        write(without_forced_inlining(text[end : place.start], isinstance(place, Body)))
        body = min(numbers)
        body_of |= dict.fromkeys(numbers, body)
        for number in numbers:
            changed = applied(text, place, chosen[number].mutation)
            if isinstance(place, Body):
                write(f"\nswitch gru_mutant({body}) {{" if number == numbers[0] else "")
                write(f"\ncase {number}:\n{changed}\n", number)
            else:
                write(f"gru_mutant({body}) == {number} ? ({changed}) : \n", number)
        original = text[place.start : place.end]
        if isinstance(place, Body):
            write(f"\ndefault:\n{original}\n", 0, numbers)
            write("}\n")
        else:
            write(original, 0, numbers)
        end = place.end
    write(text[end:])
    return Rewritten("".join(pieces), spans, body_of)


def without_forced_inlining(text: str, before_body: bool) -> str:
    """A function with copies of its body must not be copied into every caller as well."""
    if not before_body:
        return text
    head, attribute, tail = text.rpartition("@inline(__always)")
    declares_one = len(re.findall(r"\b(?:func|init|var|subscript)\b", tail)) == 1
    return head + tail if attribute and declares_one else text


def applied(text: str, place: Body | Constant, mutation: Mutation) -> str:
    return text[place.start : mutation.start] + mutation.new + text[mutation.end : place.end]


def write_module(root: pathlib.Path) -> None:
    """The C module that the copy's targets import."""
    folder = root / "Sources" / MODULE
    write_if_different(folder / "include" / "gru_mutant.h", HEADER)
    write_if_different(folder / "gru_mutant.c", SOURCE)


def write_if_different(path: pathlib.Path, text: str) -> None:
    """Leaves the date of a file that needs no new build."""
    if path.exists() and path.read_text() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)

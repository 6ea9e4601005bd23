#!/usr/bin/env python3
"""What the mutants of a few lines are, and what a copy makes of them."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from mutation.schemata import mutants, rewritten, sample

SOURCE = '''\
/// a + b
struct Sum {
  static let limit = 3
  var isSmall: Bool { total < Sum.limit }
  @inline(__always)
  mutating func add(_ b: Int) {
    // a - b
    guard b > 0, let c = cast(b) else { return }
    print("\\(c + 1) && \\("&&")", #"a && \\#(b)"#)
    total += min(b, c)
  }
  func other<T>(_ value: T) -> [T] { [value] }
}
'''


def changes(text: str) -> set[tuple[str, str]]:
    return {(mutant.line, mutant.change) for mutant in mutants("Sum.swift", text)}


class Mutants(unittest.TestCase):
    def test_all_of_a_source(self):
        guard = "guard b > 0, let c = cast(b) else { return }"
        self.assertEqual(changes(SOURCE), {
            ("static let limit = 3", "3 becomes 4"),
            ("static let limit = 3", "3 becomes 2"),
            ("var isSmall: Bool { total < Sum.limit }", "< becomes <="),
            ("func isSmall", "only true"),
            ("func isSmall", "only false"),
            (guard, "> becomes >="),
            (guard, "0 becomes 1"),
            (guard, "negates b > 0"),
            ('print("\\(c + 1) && \\("&&")", #"a && \\#(b)"#)', "leaves it out"),
            ("total += min(b, c)", "+= becomes -="),
            ("total += min(b, c)", "min becomes max"),
            ("total += min(b, c)", "leaves it out"),
            ("func add", "only return"),
        })  # fmt: skip

    def test_what_continues_a_statement_is_none(self):
        text = "func f() {\n  a =\n    b\n  g(\n    c)\n  h()\n    .i()\n  j()\n}\n"
        removed = {line for line, change in changes(text) if change == "leaves it out"}
        self.assertEqual(removed, {"j()"})

    def test_code_for_other_machines_has_none(self):
        branches = "  #if arch(x86_64)\n    return a < b\n  #else\n    return a + b\n  #endif\n"
        text = "func f() -> Bool {\n" + branches + "}\n"
        self.assertNotIn("+ becomes -", {change for _, change in changes(text)})
        self.assertIn("< becomes <=", {change for _, change in changes(text)})

    def test_equal_mutants_have_numbers(self):
        found = mutants("f.swift", "func f() {\n  g(1)\n  g(1)\n}\n")
        self.assertEqual(len({mutant.key for mutant in found}), len(found))
        self.assertIn("1 becomes 2, the 2. time", [mutant.change for mutant in found])


class Samples(unittest.TestCase):
    def test_do_not_depend_on_other_functions(self):
        few = [mutant.key for mutant in sample(mutants("Sum.swift", SOURCE), 4, seed=1)]
        more = SOURCE.replace("struct Sum {", "struct Sum {\n  let unrelated = [a: b]\n")
        self.assertEqual(few, [m.key for m in sample(mutants("Sum.swift", more), 4, seed=1)])
        self.assertNotEqual(few, [m.key for m in sample(mutants("Sum.swift", SOURCE), 4, seed=2)])


class Copies(unittest.TestCase):
    def setUp(self):
        self.chosen = dict(enumerate(mutants("Sum.swift", SOURCE), start=1))
        self.copy = rewritten(SOURCE, self.chosen)

    def test_hold_every_mutant_and_the_source(self):
        for number in self.chosen:
            self.assertRegex(self.copy.text, rf"case {number}:|== {number} \?")
        self.assertEqual(self.copy.text.count("default:"), 2)
        self.assertNotIn("@inline(__always)", self.copy.text)

    def test_know_whose_line_is_whose(self):
        lines = self.copy.text.splitlines()
        for number in self.chosen:
            place = next(
                i for i, line in enumerate(lines, start=1)
                if f"case {number}:" in line or f"== {number} ?" in line
            )  # fmt: skip
            self.assertIn(self.copy.culprits(place), ([number], [number, number]), lines[place - 1])
        default = next(i for i, line in enumerate(lines, start=1) if "default:" in line)
        self.assertGreater(len(self.copy.culprits(default + 1)), 1)


if __name__ == "__main__":
    unittest.main()

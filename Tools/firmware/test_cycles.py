#!/usr/bin/env python3
"""Snippets counted by hand from Arm's table."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from firmware.cycles import cycles, mnemonic, registers


def straight(*lines: str, size: int = 2) -> int:
    """Cycles of instructions that run one after another."""
    code = {size * index: text for index, text in enumerate(lines)}
    after = size * len(lines)
    return cycles(code | {after: "nop"}, list(code), after)


class Table(unittest.TestCase):
    def test_arithmetic_takes_one(self):
        self.assertEqual(straight("adds r0, r0, r1", "muls r0, r1, r0", "movs r1, #1"), 3)
        self.assertEqual(
            straight("smlald r0, r1, r2, r3", "smull r0, r1, r2, r3", "smmlar r0, r1, r2, r3", size=4),
            3,
        )

    def test_accumulating_takes_two(self):
        self.assertEqual(straight("mla r0, r1, r2, r3", "mls r0, r1, r2, r3", size=4), 4)

    def test_division(self):
        self.assertEqual(straight("udiv r0, r1, r2", "sdiv r0, r1, r2", size=4), 12)

    def test_neighbouring_loads_share_a_cycle(self):
        self.assertEqual(straight("ldr r0, [r1]"), 2)
        self.assertEqual(straight("ldr r0, [r1]", "ldrsb r2, [r1, r3]", "strh r0, [r1]"), 2 + 1 + 1)
        self.assertEqual(straight("ldr r0, [r1]", "adds r0, #1", "ldr r2, [r1]"), 2 + 1 + 2)

    def test_double_and_multiple_take_one_more_than_registers(self):
        self.assertEqual(straight("ldrd r0, r1, [r2]", "strd r0, r1, [r2]", size=4), 6)
        self.assertEqual(straight("push {r4, r5, r6, lr}", "ldm r0!, {r1, r2}"), 5 + 3)
        self.assertEqual(straight("ldr r0, [r1]", "ldm r0!, {r1-r3}", "ldr r0, [r1]"), 2 + 4 + 1)

    def test_branches(self):
        self.assertEqual(cycles({0: "b 0x8", 2: "nop"}, [0], 8), 3)
        self.assertEqual(cycles({0: "bne 0x8", 2: "nop"}, [0], 2), 1)
        self.assertEqual(cycles({0: "bl 0x80", 4: "nop"}, [0], 0x80), 3)
        self.assertEqual(cycles({0: "pop {r4, pc}", 2: "nop"}, [0], 0x80), 3 + 2)

    def test_a_loop_three_times_around(self):
        code = {0: "ldrsb.w r3, [r0], #1", 4: "mla r2, r3, r4, r2", 8: "subs r1, #1", 10: "bne 0x0",
                12: "bx lr"}
        # 2 + 2 + 1 + 1 each time, a refill after the first two, and the return.
        self.assertEqual(cycles(code, [0, 4, 8, 10] * 3 + [12], 0x80), 3 * 6 + 2 * 2 + 3)

    def test_floating_point(self):
        self.assertEqual(
            straight("vldr s0, [r0]", "vmla.f32 s0, s1, s2", "vfma.f32 s0, s1, s2",
                     "vadd.f32 s0, s1, s2", "vdiv.f32 s0, s1, s2", "vpush {s16, s17}", size=4),
            2 + 3 + 3 + 1 + 14 + 3,
        )


class Reading(unittest.TestCase):
    def test_conditions_are_taken_off(self):
        names = {"ldrne": "ldr", "ldrshlt": "ldrsh", "mls": "mls", "movs": "movs", "lsls": "lsls",
                 "ldr.w": "ldr", "vmls.f32": "vmls", "mlaeq": "mla", "teq": "teq", "adcs": "adcs"}
        for text, name in names.items():
            self.assertEqual(mnemonic(text + " r0, r1"), name)

    def test_ranges_of_registers(self):
        self.assertEqual(registers("push.w {r4, r5, r7-r11, lr}"), 8)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""Calls of the system that fail while a file is written, or at which the tool is killed, by strace:
the old or the new file is there, whole.
"""

import re
import resource
import shutil
import subprocess
import unittest

from writing import OLD, RUN, WritingTests


def can_trace() -> bool:
    return shutil.which("strace") is not None and (
        subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"]).returncode == 0)


def strace(*options: str) -> list[str]:
    return ["strace", "-f", "-qq", "-o", "/dev/null", *options]


@unittest.skipUnless(can_trace(), "strace cannot trace here")
class SystemCalls(WritingTests):
    calls = ("openat", "write", "fchown", "fchmod", "fsync", "close", "rename")

    def count(self, call: str) -> int:
        """How often a run makes a call once the output is being looked for."""
        trace = self.folder / "trace"
        command = ["strace", "-f", "-qq", "-o", trace, "-e", f"trace={call}"]
        self.run_tool(RUN, before=command)
        text = trace.read_text()
        trace.unlink()
        self.clear()
        return len(re.findall(rf"\b{call}\(", text))

    def each(self, call: str):
        """From the last call of a run back to the program's start, where libraries are loaded."""
        return range(self.count(call), 0, -1)

    def test_every_failing_call(self) -> None:
        """write, fsync, fchmod, close, rename that fail: 73 or 74, and the old file."""
        failures = 0
        for call, error in (
            ("write", "ENOSPC"), ("write", "EIO"), ("fsync", "EIO"), ("fchmod", "EPERM"),
            ("rename", "EXDEV"), ("rename", "EACCES"),
        ):
            for number in self.each(call):
                inject = f"inject={call}:error={error}:when={number}"
                result = self.run_tool(RUN, before=strace("-e", inject))
                self.assertIn(result.code, (73, 74), inject)
                if result.errors.startswith("error: standard output"):
                    self.assert_unharmed(inject)
                else:
                    self.assertRegex(result.errors, r"^error: out\.npy: cannot be .*: .*\n$")
                    self.assert_old(inject)
                self.assertEqual(self.temporary_files(), set(), inject)
                self.clear()
                failures += 1
        print(f"{failures} failing calls", flush=True)

    def test_failing_close(self) -> None:
        """Of the file beside the target: 74 and the old file. Of what was only read: no harm."""
        codes = []
        for number in self.each("close"):
            inject = f"inject=close:error=EIO:when={number}"
            result = self.run_tool(RUN, before=strace("-e", inject))
            codes.append(result.code)
            if result.code == 74:
                self.assertEqual(
                    result.errors, "error: out.npy: cannot be written: Input/output error\n")
                self.assert_old(inject)
            self.assert_unharmed(inject)
            self.clear()
        self.assertEqual(codes.count(74), 1)

    def test_interrupted_calls(self) -> None:
        """A write that a signal interrupts is made again."""
        for number in self.each("write"):
            result = self.run_tool(
                RUN, before=strace("-e", f"inject=write:error=EINTR:when={number}"))
            self.assertEqual((result.code, result.errors), (0, ""))
            self.assertEqual(self.out.read_bytes(), self.new)
            self.clear()

    def test_kill_at_every_call(self) -> None:
        """SIGKILL at every call of a run that opens, writes, syncs, closes or renames a file."""
        kills = 0
        for call in self.calls:
            for number in self.each(call):
                inject = f"inject={call}:signal=KILL:when={number}"
                self.run_tool(RUN, before=strace("-e", inject))
                self.assert_unharmed(inject)
                self.assertTrue(
                    all(name.startswith(".gru-") for name in self.temporary_files()), inject)
                self.clear()
                kills += 1
        print(f"{kills} kills at a call", flush=True)

    def test_kill_after_every_byte(self) -> None:
        """A limit lets k bytes through; the next write kills."""
        for size in range(1, len(self.new)):
            self.run_tool(
                RUN, before=strace("-e", "inject=write:signal=KILL:when=2"),
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))
            (temporary,) = self.temporary_files()
            self.assertEqual((self.folder / temporary).read_bytes(), self.new[:size])
            self.assertEqual(self.out.read_bytes(), OLD)
            self.clear()
        print(f"{len(self.new) - 1} kills after a byte", flush=True)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""Standard output and standard error that are closed, full, or left early by their reader."""

import signal
import subprocess
import unittest

from tool import gru
from writing import RUN, WritingTests


class Streams(WritingTests):
    def shell(self, script: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["bash", "-c", script, str(gru)], cwd=self.folder, capture_output=True, text=True)

    def test_closed_early(self) -> None:
        """`| head -1`, whether the signal ends the tool or the shell has it ignored."""
        for before in ("", "trap '' PIPE; "):
            for command in ("inspect model.safetensors", "--help", "tables", RUN):
                result = self.shell(f'{before}"$0" {command} | true; echo ${{PIPESTATUS[0]}}')
                self.assertEqual(result.stderr, "")
                self.assertIn(int(result.stdout), (0, 128 + signal.SIGPIPE))
        self.assertEqual(self.out.read_bytes(), self.new)

    def test_full(self) -> None:
        result = self.shell('"$0" inspect model.safetensors > /dev/full')
        self.assertEqual(
            result.stderr,
            "error: standard output: cannot be written: No space left on device\n")
        self.assertEqual(result.returncode, 74)

    def test_closed(self) -> None:
        result = self.shell('"$0" inspect model.safetensors >&-')
        self.assertEqual(
            result.stderr, "error: standard output: cannot be written: Bad file descriptor\n")
        self.assertEqual(result.returncode, 74)

    def test_no_place_for_errors(self) -> None:
        for stream in ("2> /dev/full", "2>&-"):
            result = self.shell(f'"$0" inspect nothing {stream}')
            self.assertEqual((result.returncode, result.stdout, result.stderr), (66, "", ""))


if __name__ == "__main__":
    unittest.main()

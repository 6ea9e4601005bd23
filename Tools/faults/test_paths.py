#!/usr/bin/env python3
"""Inputs that are no readable files are refused at once, in words."""

import os
import unittest

from tool import NOBODY, ToolTests


class Paths(ToolTests):
    def refused(self, path: str, code: int, what: str) -> None:
        for command in (
            ["inspect", path],
            ["quantize", "model.safetensors", "--calibration", path, "-o", "out.h"],
            ["run", path, "--inputs", "x.npy", "-o", "out.npy"],
        ):
            result = self.expect(code, f"error: {path}: {what}", command)
            self.assertLess(result.seconds, 2)
            self.assertFalse({"out.h", "out.npy"} & self.in_folder())

    def test_missing(self) -> None:
        self.refused("nothing", 66, "no such file")
        self.refused("no/such", 66, "no such file")
        self.refused("x.npy/more", 66, "cannot be opened: Not a directory")

    def test_no_regular_file(self) -> None:
        os.mkdir(self.folder / "folder")
        os.mkfifo(self.folder / "fifo")
        for path in ("folder", "fifo", "/dev/zero", "/dev/null", "."):
            self.refused(path, 66, "is not a regular file")

    def test_links(self) -> None:
        os.symlink("loop", self.folder / "loop")
        self.refused("loop", 66, "cannot be opened: Too many levels of symbolic links")
        os.symlink("nothing", self.folder / "dangling")
        self.refused("dangling", 66, "no such file")
        os.symlink("model.safetensors", self.folder / "link")
        self.expect(0, "", "inspect link")

    def test_names(self) -> None:
        self.refused("x" * 300, 66, "cannot be opened: File name too long")
        self.expect(
            66, r"error: \u{1B}[2J\u{A}: no such file", ["inspect", "\x1b[2J\n"])

    def test_sparse(self) -> None:
        with open(self.folder / "sparse", "wb") as file:
            file.truncate(5 << 30)
        size = "has 5368709120 bytes, expected at most "
        for command, limit in (
            ("inspect sparse", 256), ("inspect model.safetensors --network sparse", 1),
            ("run sparse --inputs x.npy -o out.npy", 64),
            ("run kws_model.h --inputs sparse -o out.npy", 256),
        ):
            result = self.expect(65, f"error: sparse: {size}{limit << 20}", command)
            self.assertLess(result.seconds, 2)

    def test_permission(self) -> None:
        os.chmod(self.folder / "x.npy", 0)
        user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}
        try:
            self.run_tool("--version", **user)
        except PermissionError:
            self.skipTest("another user cannot run the tool here")
        self.expect(66, "error: x.npy: cannot be opened: Permission denied", "inspect x.npy", **user)


if __name__ == "__main__":
    unittest.main()

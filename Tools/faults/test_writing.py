#!/usr/bin/env python3
"""Limits, paths and other runs at the same time: the old or the new file is there, whole, and the
same on any machine.
"""

import os
import pathlib
import resource
import shutil
import subprocess
import tempfile
import unittest
from array import array

from tool import NOBODY, ToolTests, gru, npy
from writing import OLD, RUN, WritingTests


class Limits(WritingTests):
    def test_every_file_size_limit(self) -> None:
        """RLIMIT_FSIZE of every size: 74, not a signal, and the old file."""
        for size in range(len(self.new)):
            result = self.expect(
                74, "error: out.npy: cannot be written: File too large", RUN,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))
            self.assertEqual(result.output, b"")
            self.assert_old(f"limit {size}")
        print(f"{len(self.new)} limits of size", flush=True)

    def test_full_disk(self) -> None:
        if os.getuid() != 0:
            self.skipTest("only root mounts a small disk")
        disk = self.folder / "disk"
        disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", disk]
        if subprocess.run(mount, capture_output=True).returncode != 0:
            self.skipTest("no disk can be mounted here")
        try:
            (disk / "filler").write_bytes(bytes(4096))
            (disk / "out.h").write_bytes(OLD)
            quantize = "quantize model.safetensors --calibration calibration.npy --name k -o disk/out.h"
            self.expect(74, "error: disk/out.h: cannot be written: No space left on device", quantize)
            self.assertEqual((disk / "out.h").read_bytes(), OLD)
            self.assertEqual(set(os.listdir(disk)), {"filler", "out.h"})
        finally:
            subprocess.run(["umount", disk], check=True)

    def test_folder_without_permission(self) -> None:
        user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}
        os.chmod(self.folder, 0o555)
        try:
            self.expect(73, "error: out.npy: cannot be created: Permission denied", RUN, **user)
        except PermissionError:
            self.skipTest("another user cannot run the tool here")
        finally:
            os.chmod(self.folder, 0o755)
        self.assert_old("no permission")


class Targets(WritingTests):
    def test_no_regular_file(self) -> None:
        os.mkdir(self.folder / "folder")
        os.mkfifo(self.folder / "fifo")
        for path in ("folder", "fifo", "."):
            self.expect(
                73, f"error: {path}: is not a regular file, expected a file to write",
                f"run kws_model.h --inputs x.npy -o {path}")
        self.assertTrue((self.folder / "fifo").is_fifo())
        self.assertEqual(self.temporary_files(), {"folder", "fifo"})

    def test_devices(self) -> None:
        """They are written to, and stay what they are."""
        run = "run kws_model.h --inputs x.npy -o "
        self.expect(0, "", run + "/dev/null")
        self.expect(
            74, "error: /dev/full: cannot be written: No space left on device", run + "/dev/full")
        for path in ("/dev/null", "/dev/full"):
            self.assertTrue(pathlib.Path(path).is_char_device())
        self.assertEqual(self.temporary_files(), set())

    def test_names(self) -> None:
        for path in ("no/such", "new/"):
            self.expect(
                73, f"error: {path}: cannot be created: No such file or directory",
                f"run kws_model.h --inputs x.npy -o {path}")
        long = "x" * 255  # the longest name of a file
        self.expect(0, "", f"run kws_model.h --inputs x.npy -o {long}")
        self.assertEqual((self.folder / long).read_bytes(), self.new)
        self.expect(
            73, f"error: {long}x: cannot be replaced: File name too long",
            f"run kws_model.h --inputs x.npy -o {long}x")
        self.assertEqual(self.temporary_files(), {long})

    def test_links(self) -> None:
        (self.folder / "sub").mkdir()
        target = self.folder / "sub/target.npy"
        target.write_bytes(OLD)
        os.symlink("sub/target.npy", self.folder / "link")
        os.symlink("nothing", self.folder / "dangling")
        self.expect(0, "", "run kws_model.h --inputs x.npy -o link")
        self.assertTrue((self.folder / "link").is_symlink())
        self.assertEqual(target.read_bytes(), self.new)
        self.assertEqual(os.listdir(self.folder / "sub"), ["target.npy"])
        self.expect(
            73, "error: dangling: is a symbolic link that leads nowhere",
            "run kws_model.h --inputs x.npy -o dangling")

    def test_modes(self) -> None:
        for mode in (0o600, 0o640, 0o444, 0o755):
            self.clear()
            os.chmod(self.out, mode)
            self.expect(0, "", RUN)
            self.assertEqual(self.out.stat().st_mode & 0o7777, mode)
            self.assertEqual(self.out.read_bytes(), self.new)
        for mask in (0o077, 0o022, 0o002):
            self.out.unlink()
            self.expect(0, "", RUN, umask=mask)
            self.assertEqual(self.out.stat().st_mode & 0o7777, 0o666 & ~mask)

    def test_owner(self) -> None:
        if os.getuid() != 0:
            self.skipTest("only root gives files away")
        os.chown(self.out, NOBODY, NOBODY)
        self.expect(0, "", RUN)
        status = self.out.stat()
        self.assertEqual((status.st_uid, status.st_gid), (NOBODY, NOBODY))

    def test_unchanged(self) -> None:
        self.out.write_bytes(self.new)
        os.utime(self.out, ns=(1, 1))
        inode = self.out.stat().st_ino
        self.expect(0, "", RUN)
        self.assertEqual((self.out.stat().st_mtime_ns, self.out.stat().st_ino), (1, inode))
        self.assertEqual(self.temporary_files(), set())

    def test_nearly_unchanged(self) -> None:
        """A byte more, less or other than the new ones."""
        changed = bytes([self.new[0] ^ 1]) + self.new[1:]
        for old in (self.new + b"x", self.new[:-1], changed, b""):
            self.out.write_bytes(old)
            self.expect(0, "", RUN)
            self.assertEqual(self.out.read_bytes(), self.new)

    def test_many_pieces(self) -> None:
        """Results of many writes: whole, and compared to their end with what is there."""
        count = 10_000
        x = array("f", [0.5, -0.25, 1, 0, 1, -1])
        (self.folder / "long.npy").write_bytes(npy((count, 2, 3), x * count))
        run = "run kws_model.h --inputs long.npy -o out.npy"
        self.expect(0, "", run)
        whole = self.out.read_bytes()
        states = self.new[-2 * 4 * 4:]
        self.assertEqual(whole[-count * len(states):], states * count)
        inode = self.out.stat().st_ino
        self.expect(0, "", run)
        self.assertEqual(self.out.stat().st_ino, inode)
        for place in (0, len(whole) // 2, len(whole) - 1):
            changed = bytearray(whole)
            changed[place] ^= 1
            self.out.write_bytes(changed)
            self.expect(0, "", run)
            self.assertEqual(self.out.read_bytes(), whole)
        self.out.write_bytes(OLD)
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        self.expect(74, "error: out.npy: cannot be written: File too large", run, preexec_fn=limit)
        self.assertEqual(self.out.read_bytes(), OLD)

    def test_input_by_another_name(self) -> None:
        os.link(self.folder / "x.npy", self.folder / "hard.npy")
        os.symlink("x.npy", self.folder / "soft.npy")
        inputs = (self.folder / "x.npy").read_bytes()
        for path in ("x.npy", "./x.npy", "hard.npy", "soft.npy"):
            self.expect(
                64, f"error: the output '{path}' is also the input 'x.npy'",
                f"run kws_model.h --inputs x.npy -o {path}")
        self.assertEqual((self.folder / "x.npy").read_bytes(), inputs)

    def test_fifty_at_once(self) -> None:
        """Half of them write other states than the rest: one whole winner."""
        self.expect(0, "", "run kws_model.h --inputs calibration.npy -o other.npy")
        other = (self.folder / "other.npy").read_bytes()
        (self.folder / "other.npy").unlink()
        commands = [RUN, RUN.replace("x.npy", "calibration.npy")]
        runs = [
            subprocess.Popen(
                [gru, *commands[index % 2].split()], cwd=self.folder, stdout=subprocess.DEVNULL)
            for index in range(50)
        ]
        while any(run.poll() is None for run in runs):
            self.assertIn(self.out.read_bytes(), (OLD, self.new, other))
        self.assertEqual([run.returncode for run in runs], [0] * 50)
        self.assertIn(self.out.read_bytes(), (self.new, other))
        self.assertEqual(self.temporary_files(), set())


class Reproducible(ToolTests):
    def test_bytes(self) -> None:
        """The same bytes in any locale, time zone, folder, and on any number of cores."""
        outputs = set()
        for environment, before in (
            ({}, []), ({"LC_ALL": "C"}, []), ({"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR"}, []),
            ({"LC_ALL": "ar_EG.UTF-8", "LANG": "ar_EG"}, []), ({"LANG": "de_DE.UTF-8"}, []),
            ({"TZ": "Asia/Kathmandu"}, []), ({"HOME": "/nowhere", "TMPDIR": "/nowhere"}, []),
            ({}, ["taskset", "-c", "0"]),
        ):
            self.folder = pathlib.Path(tempfile.mkdtemp())
            shutil.copytree(self.original, self.folder, dirs_exist_ok=True)
            files = []
            for command in (
                "quantize model.safetensors --calibration calibration.npy --min-sqnr 50 -o k.h",
                "vectors k.h --inputs calibration.npy -o v.h", "run k.h --inputs x.npy -o h.npy",
                "quantize model.safetensors --calibration calibration.npy --json -o j.h",
                "validate model.safetensors --header k.h --inputs calibration.npy",
            ):
                result = self.run_tool(command, before=before, env=os.environ | environment)
                self.assertEqual(result.code, 0, result.errors)
                files.append(result.output)
            files += [(self.folder / name).read_bytes() for name in ("k.h", "v.h", "h.npy", "j.h")]
            outputs.add(tuple(files))
            shutil.rmtree(self.folder)
        self.folder.mkdir()
        self.assertEqual(len(outputs), 1)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""Whatever goes wrong while a file is written, the old or the new one is there, whole.

Calls of the system are made to fail, or the tool is killed at them, by strace.
"""

import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import unittest
from array import array

from tool import NOBODY, ToolTests, gru, npy

RUN = "run kws_model.h --inputs x.npy -o out.npy"
OLD = b"the old file"


def can_trace() -> bool:
    return shutil.which("strace") is not None and (
        subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"]).returncode == 0)


def strace(*options: str) -> list[str]:
    return ["strace", "-f", "-qq", "-o", "/dev/null", *options]


class WritingTests(ToolTests):
    def setUp(self) -> None:
        super().setUp()
        self.out = self.folder / "out.npy"
        self.out.write_bytes(OLD)
        self.before = self.in_folder()

    def temporary_files(self) -> set[str]:
        return self.in_folder() - self.before

    def assert_unharmed(self, what: str) -> None:
        self.assertIn(self.out.read_bytes(), (OLD, self.new), what)

    def assert_old(self, what: str) -> None:
        self.assertEqual(self.out.read_bytes(), OLD, what)
        self.assertEqual(self.temporary_files(), set(), what)

    def clear(self) -> None:
        for name in self.temporary_files():
            os.unlink(self.folder / name)
        self.out.write_bytes(OLD)


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

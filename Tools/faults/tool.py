"""Runs the tool on a small network, in a folder of its own."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from array import array

root = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(root / "Tools"))

from firmware.networks import npy, write_network  # noqa: E402

gru = root / ".build/release/gru"
NOBODY = 65534


class Result:
    def __init__(self, code: int, output: bytes, errors: bytes, seconds: float):
        self.code, self.seconds = code, seconds
        self.output, self.errors = output, errors.decode()


class ToolTests(unittest.TestCase):
    """Each test works in a copy of one folder: model, calibration, header, inputs, and `new.npy`,
    the hidden states that a run over the inputs writes."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.original = pathlib.Path(tempfile.mkdtemp())
        os.chmod(cls.original, 0o755)
        write_network(cls.original, 3, 4, "after", tokens=False)
        (cls.original / "x.npy").write_bytes(npy((2, 3), array("f", [0.5, -0.25, 1, 0, 1, -1])))
        assert gru.exists(), f"{gru} is missing: swift build -c release"
        for command in (
            "quantize model.safetensors --calibration calibration.npy -o kws_model.h",
            "run kws_model.h --inputs x.npy -o new.npy",
        ):
            subprocess.run([gru, *command.split()], cwd=cls.original, check=True, capture_output=True)

    @classmethod
    def tearDownClass(cls) -> None:
        shutil.rmtree(cls.original)

    def setUp(self) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp())
        os.chmod(self.folder, 0o755)
        shutil.copytree(self.original, self.folder, dirs_exist_ok=True)
        self.new = (self.folder / "new.npy").read_bytes()

    def tearDown(self) -> None:
        shutil.rmtree(self.folder)

    def run_tool(self, command, before=(), **options) -> Result:
        """Runs `before` + gru + a command; `options` are those of Popen."""
        words = command.split() if isinstance(command, str) else command
        options = {"cwd": self.folder, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        start = time.monotonic()
        with subprocess.Popen([*before, gru, *words], **options) as process:
            output, errors = process.communicate(timeout=60)
        return Result(process.returncode, output or b"", errors or b"", time.monotonic() - start)

    def expect(self, code: int, errors: str, command, **options) -> Result:
        result = self.run_tool(command, **options)
        self.assertEqual(result.errors, errors and errors + "\n", command)
        self.assertEqual(result.code, code, command)
        return result

    def in_folder(self) -> set[str]:
        return set(os.listdir(self.folder))

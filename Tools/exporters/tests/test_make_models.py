"""The folders that the project's own tool is tried on hold what they promise."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import reference

# Frameworks compute in float32; 40 steps.
TOLERANCE = 1e-5
FILES = ["calibration.npy", "inputs.npy", "labels.npy", "model.safetensors", "network.json"]


def test_every_folder(tmp_path: Path) -> None:
    script = Path(__file__).with_name("make_models.py")
    done = subprocess.run(
        [sys.executable, script, tmp_path], capture_output=True, text=True, check=False
    )
    names = done.stdout.split()
    if not names:
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    for folder in tmp_path.iterdir():
        assert sorted(p.name for p in folder.iterdir()) == sorted([*FILES, "outputs.npy"])
        data = {path.stem: np.load(path) for path in folder.glob("*.npy")}
        assert data["inputs"].shape == data["calibration"].shape == (6, 40, 5)
        assert not np.array_equal(data["inputs"], data["calibration"])
        assert data["outputs"].shape == (6, 40, 4)
        assert {k: v.dtype.name for k, v in data.items()} == dict.fromkeys(
            ("inputs", "calibration", "outputs"), "float32"
        ) | {"labels": "int32"}
        np.testing.assert_array_equal(data["labels"], data["outputs"].argmax(-1))
        found = reference.run(folder, data["inputs"])
        np.testing.assert_allclose(found, data["outputs"], rtol=0, atol=TOLERANCE)

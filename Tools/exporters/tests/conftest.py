"""What every test shares: seeded data, and the comparison with the reference."""

import os
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import numpy as np
import pytest
import reference

from gru_export import Export

# Frameworks compute in float32: over 12 steps their own rounding stays well below this.
TOLERANCE = 1e-5

Agree = Callable[[Export, np.ndarray, np.ndarray], None]


@pytest.fixture
def inputs() -> np.ndarray:
    """Returns (3, 12, 5) reals."""
    return np.random.default_rng(1).normal(size=(3, 12, 5)).astype(np.float32)


@pytest.fixture
def tokens() -> np.ndarray:
    """Returns (3, 12) tokens from 0 to 8."""
    return np.random.default_rng(2).integers(0, 9, size=(3, 12))


@pytest.fixture
def agree(tmp_path: Path) -> Agree:
    """Returns a check: the written files compute (N, T, O), or its last step (N, O)."""

    def check(export: Export, values: np.ndarray, expected: np.ndarray) -> None:
        export.write(tmp_path / "model.safetensors")
        found = reference.run(tmp_path, values)
        found = found if expected.ndim == 3 else found[:, -1]
        assert found.shape == expected.shape
        assert np.abs(expected).max() > 0.01, "nothing to compare"
        np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE)

    return check

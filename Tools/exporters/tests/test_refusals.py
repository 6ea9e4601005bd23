"""Every model that cannot be exported faithfully is refused by name, and writes nothing.

Rows of a framework that is not installed are skipped.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from refusals import equinox_rows, file_rows, flax_rows, keras_rows, onnx_rows, torch_rows

import gru_export
from gru_export.errors import FrameworkMissingError

MAKERS = {
    "torch": torch_rows.rows,
    "keras": keras_rows.rows,
    "onnx": onnx_rows.rows,
    "linen": flax_rows.linen_rows,
    "nnx": flax_rows.nnx_rows,
    "equinox": equinox_rows.rows,
    "file": file_rows.rows,
}


def parameters() -> list[Any]:
    rows: list[Any] = []
    for framework, make in MAKERS.items():
        try:
            made = make()
        except (ImportError, pytest.skip.Exception) as error:
            reason = pytest.mark.skip(reason=f"{framework} is not installed: {error}")
            rows.append(pytest.param(None, "", id=framework, marks=reason))
        else:
            rows += [pytest.param(run, words, id=f"{framework}: {n}") for n, run, words in made]
    return rows


@pytest.mark.parametrize(("run", "words"), parameters())
def test_refused(run: Callable[[Path], Any], words: str, tmp_path: Path) -> None:
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        with pytest.raises(gru_export.ExportError) as refusal:
            run(tmp_path)
    finally:
        os.chdir(before)
    if isinstance(refusal.value, FrameworkMissingError):
        pytest.skip(str(refusal.value))
    assert words in str(refusal.value)
    assert not (tmp_path / "opened").exists()

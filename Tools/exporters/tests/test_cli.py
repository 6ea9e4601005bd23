"""The command's exit codes and messages, and that a failure leaves what was there."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gru_export import Export, ExportError, cli
from gru_export.layers import GRU, Dense

ENVIRONMENT = dict(os.environ, LC_ALL="C")


def small() -> Export:
    """Makes a network without any framework."""
    random = np.random.default_rng(3)
    shapes = {"kernel": (5, 21), "recurrent_kernel": (7, 21), "bias": (2, 21)}
    tensors = {part: random.normal(size=s).astype(np.float32) for part, s in shapes.items()}
    gru = GRU(name="gru", tensors=tensors, inputs=5, outputs=7, layout="keras")
    weight = random.normal(size=(4, 7)).astype(np.float32)
    return Export((gru, Dense.of_weight("fc", weight, None)))


def command(*arguments: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "import gru_export.cli as c; raise SystemExit(c.main())"]
        + [str(argument) for argument in arguments],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        check=False,
    )


def test_help_starts_with_examples() -> None:
    done = command("--help")
    assert done.returncode == 0
    assert done.stdout.startswith("examples:\n  gru-export model.onnx -o model.safetensors\n")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], 64, "error: the following arguments are required: model, -o/--output"),
        (["a.onnx"], 64, "error: the following arguments are required: -o/--output"),
        (["a.onnx", "-o", "b.txt"], 64, "error: output is 'b.txt', expected NAME.safetensors"),
        (["a.onnx", "-o", "b.safetensors", "--fast"], 64, "unrecognized arguments: --fast"),
        (["a.onnx", "-o", "b.safetensors"], 66, "error: a.onnx: no such file, expected a model"),
        ([".", "-o", "b.safetensors"], 66, "error: .: is no regular file, expected a model"),
        (["/dev/zero", "-o", "b.safetensors"], 66, "is no regular file"),
        ([__file__, "-o", "b.safetensors"], 65, "has the ending '.py', expected one of .pt .pth"),
    ],
)
def test_refusal(arguments: list[str], code: int, words: str) -> None:
    done = command(*arguments)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert done.stdout == ""
    assert not Path("b.safetensors").exists()


def test_missing_framework_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    for module in [name for name in sys.modules if name.startswith("gru_export.onnx")]:
        monkeypatch.delitem(sys.modules, module)
    (tmp_path / "a.onnx").touch()
    with pytest.raises(ExportError, match=r"needs the package 'onnx'.*\nhint: pip install") as e:
        cli.read(tmp_path / "a.onnx")
    assert e.value.exit_code == 69


def test_oversized_file_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "a.onnx").open("wb") as file:
        file.truncate(5 << 30)
    done = command(tmp_path / "a.onnx", "-o", tmp_path / "b.safetensors")
    assert done.returncode == 65
    assert "is larger than 256 MiB" in done.stderr


def test_pytorch_file(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    model = torch.nn.ModuleDict({"gru": torch.nn.GRU(5, 7), "fc": torch.nn.Linear(7, 4)})
    torch.save(model.state_dict(), tmp_path / "a.pt")
    done = command(tmp_path / "a.pt", "-o", tmp_path / "model.safetensors")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "gru       gru                          5 -> 7     pytorch after tanh keeps",
        "dense     fc                           7 -> 4     none",
    ]
    assert done.stderr.startswith("note: layers are in the order of their registration")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a.pt",
        "model.safetensors",
        "network.json",
    ]
    torch.save(model, tmp_path / "b.pt")
    before = (tmp_path / "model.safetensors").read_bytes()
    done = command(tmp_path / "b.pt", "-o", tmp_path / "model.safetensors")
    assert done.returncode == 65
    assert done.stderr.splitlines() == [
        f"error: {tmp_path}/b.pt: holds more than weights or is damaged, and is not unpickled; "
        "expected a state dict",
        "hint: where the model's class is at hand, save its weights alone and export those:",
        'hint:   torch.save(model.state_dict(), "weights.pt")',
    ]
    assert (tmp_path / "model.safetensors").read_bytes() == before


def test_network_is_explicit(tmp_path: Path) -> None:
    small().write(tmp_path / "model.safetensors")
    assert json.loads((tmp_path / "network.json").read_text()) == {
        "format": 1,
        "layers": [
            {
                "kind": "gru",
                "tensors": "gru",
                "layout": "keras",
                "reset": "after",
                "candidate": "tanh",
                "update": "keeps",
            },
            {"kind": "dense", "tensors": "fc", "activation": "none"},
        ],
    }


def test_bytes_are_the_same_in_every_process(tmp_path: Path) -> None:
    code = "import sys, test_cli; test_cli.small().write(sys.argv[1])"
    written = set()
    for seed in ("1", "2", "3"):
        path = tmp_path / seed / "model.safetensors"
        path.parent.mkdir()
        subprocess.run(
            [sys.executable, "-c", code, path],
            env=ENVIRONMENT | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parent)},
            check=True,
        )
        written.add(path.read_bytes() + path.with_name("network.json").read_bytes())
    assert len(written) == 1


def test_target_that_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "network.json").mkdir()
    with pytest.raises(ExportError, match=r"network\.json: is no regular file") as refusal:
        small().write(tmp_path / "model.safetensors")
    assert refusal.value.exit_code == 73
    assert [path.name for path in tmp_path.iterdir()] == ["network.json"]


def test_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="no such file or directory") as refusal:
        small().write(tmp_path / "none" / "model.safetensors")
    assert refusal.value.exit_code == 73


def test_link_is_written_through_and_mode_kept(tmp_path: Path) -> None:
    (tmp_path / "real.safetensors").touch(mode=0o600)
    (tmp_path / "model.safetensors").symlink_to(tmp_path / "real.safetensors")
    small().write(tmp_path / "model.safetensors")
    assert (tmp_path / "model.safetensors").is_symlink()
    assert (tmp_path / "real.safetensors").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "real.safetensors").stat().st_size > 1000


def test_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    small().write(tmp_path / "model.safetensors")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    code = (
        "import resource, sys, test_cli; from gru_export import ExportError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))\n"
        "try: test_cli.small().write(sys.argv[1])\n"
        "except ExportError as error: raise SystemExit(error.exit_code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", code, tmp_path / "model.safetensors"],
        env=ENVIRONMENT | {"PYTHONPATH": str(Path(__file__).parent)},
        check=False,
    )
    assert done.returncode == 74
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_names_from_files_reach_the_terminal_harmless() -> None:
    assert str(ExportError("a\x1b[31m\nb", "x")) == "a?[31m?b: x"

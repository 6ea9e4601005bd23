"""Networks quantized and validated by the tool, and tables that go into documents."""

import json
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
GRU = ROOT / ".build" / "release" / "gru"


def gru(*arguments: str | pathlib.Path) -> str:
    return subprocess.check_output([str(GRU), *map(str, arguments)], text=True)


def optional(option: str, path: pathlib.Path) -> list[str]:
    return [option, str(path)] if path.exists() else []


def measure(folder: pathlib.Path, options: list[str], header: pathlib.Path) -> dict:
    """The report of `gru validate` for one network, quantized with these options."""
    model = folder / "model.safetensors"
    if not model.exists():
        model = folder.parent / "model.safetensors"
    network = ["--network", folder / "network.json"]
    gru(
        "quantize", model, *network, "--calibration", folder / "calibration.npy",
        *optional("--lengths", folder / "calibration_lengths.npy"), *options, "-o", header,
    )
    report = gru(
        "validate", model, *network, "--header", header, "--inputs", folder / "inputs.npy",
        *optional("--lengths", folder / "lengths.npy"), "--json",
    )
    return json.loads(report)


def sqnr(report: dict) -> float:
    """dB of the worst cell's hidden state."""
    return min(layer["hidden"]["sqnr_db"] for layer in report["layers"])


def put(table: str, path: pathlib.Path, command: str) -> None:
    """Replaces what stands between the command's markers."""
    begin, end = f"<!-- {command} -->\n", "<!-- end -->\n"
    pattern = re.escape(begin) + ".*?" + re.escape(end)
    text = re.sub(pattern, lambda _: begin + table + end, path.read_text(), flags=re.DOTALL)
    path.write_text(text)

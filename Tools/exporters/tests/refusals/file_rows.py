"""Files that hold no model, or more than one."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gru_export.cli import read
from refusals.row import Row


class Opened:
    """Leaves a mark where it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("opened"),))


def rows() -> list[Row]:
    def file(name: str, data: bytes) -> Callable[[Path], Any]:
        def make(folder: Path) -> Any:
            (folder / name).write_bytes(data)
            return read(folder / name)

        return make

    html, pointer = b"<!DOCTYPE html><html>", b"version https://git-lfs.github.com/spec/v1\n"
    return [
        ("safetensors", file("a.safetensors", b""), "has the ending '.safetensors', expected one"),
        ("no ending", file("a", b""), "has the ending ''"),
        ("missing", lambda folder: read(folder / "a.pt"), "no such file"),
        ("folder", read, "is no regular file"),
        *[
            (f"{ending} with {what}", file(f"a{ending}", data), words)
            for ending, words in (
                (".pt", "is not unpickled"),
                (".pth", "is not unpickled"),
                (".keras", "tells no layers"),
                (".h5", "tells no layers"),
            )
            for what, data in (("nothing", b""), ("a page", html), ("a pointer", pointer))
        ],
        (".pt with code", file("a.pt", pickle.dumps(Opened())), "is not unpickled"),
        (".onnx with nothing", file("a.onnx", b""), "is no valid ONNX model"),
        (".onnx with a page", file("a.onnx", html), "is no ONNX model"),
        (".onnx with a pointer", file("a.onnx", pointer), "is no ONNX model"),
    ]

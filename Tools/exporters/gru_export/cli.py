"""The command `gru-export`."""

import argparse
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from .errors import ExportError, FrameworkMissingError, InputMissingError, UsageError
from .export import Export

EXAMPLES = """\
examples:
  gru-export model.onnx -o model.safetensors
  gru-export model.keras -o kws/model.safetensors
  gru-export weights.pt -o model.safetensors

network.json is written beside the output. Live PyTorch modules and the models of JAX are
exported from Python: gru_export.from_torch(module).write("model.safetensors")
"""

# The function from_X_file of X_reader, for each ending.
READERS = {".pt": "torch", ".pth": "torch", ".keras": "keras", ".h5": "keras", ".onnx": "onnx"}
SIZE_LIMIT = 256 << 20


class _Parser(argparse.ArgumentParser):
    def format_help(self) -> str:
        return f"{EXAMPLES}\n{super().format_help()}"

    def error(self, message: str) -> NoReturn:
        self.exit(UsageError.exit_code, f"error: {message}\nhint: gru-export --help\n")


def read(path: Path) -> Export:
    """Reads a model file of any framework."""
    if not path.is_file():
        problem = "is no regular file" if path.exists() else "no such file"
        raise InputMissingError("", f"{problem}, expected a model")
    framework = READERS.get(path.suffix)
    if framework is None:
        raise ExportError(
            "",
            f"has the ending '{path.suffix}', expected one of {' '.join(READERS)}",
            "a .safetensors file needs no exporter; parameters of JAX are exported from Python",
        )
    if path.stat().st_size > SIZE_LIMIT:
        raise ExportError("", f"is larger than {SIZE_LIMIT >> 20} MiB, expected a smaller model")
    try:
        reader = import_module(f".{framework}_reader", __package__)
    except ImportError as error:
        raise FrameworkMissingError(
            "",
            f"needs the package '{error.name}', which is not installed",
            f"pip install './Tools/exporters[{framework}]'",
        ) from error
    export: Export = getattr(reader, f"from_{framework}_file")(path)
    return export


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    parser = _Parser(prog="gru-export", description="Writes a trained GRU network as safetensors.")
    parser.add_argument("model", type=Path, help=" ".join(READERS))
    parser.add_argument("-o", "--output", type=Path, required=True, help="NAME.safetensors")
    options = parser.parse_args(arguments)
    try:
        if options.output.suffix != ".safetensors":
            parser.error(f"output is '{options.output}', expected NAME.safetensors")
        try:
            export = read(options.model)
        except ExportError as error:
            print(f"error: {options.model}: {error}", file=sys.stderr)
            return error.exit_code
        for note in export.notes:
            print(f"note: {note}", file=sys.stderr)
        export.write(options.output)
    except ExportError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except Exception:
        traceback.print_exc()
        return 70
    print(export.summary())
    return 0

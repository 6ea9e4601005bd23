"""The result of reading a model, and its writer."""

import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from safetensors.numpy import save

from .errors import CannotCreateError, ExportError, UsageError, WriteFailedError
from .layers import GRU, Activation, Array, Dense, Embedding, Layer

LAYER_LIMIT = 16
NAME_LIMIT = 200


@dataclass(frozen=True)
class InputScale:
    """The network reads (x − mean) / std; both (I)."""

    mean: Array
    std: Array


@dataclass(frozen=True)
class Export:
    """A chain of layers, checked; names are made unique and safe for any file."""

    layers: tuple[Layer, ...]
    input: InputScale | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", _named(self.layers))
        self._check()

    def with_activation(self, layer: str, activation: Activation) -> "Export":
        """Returns the same network with this activation after one dense layer."""
        if not any(entry.name == layer and isinstance(entry, Dense) for entry in self.layers):
            names = ", ".join(entry.name for entry in self.layers if isinstance(entry, Dense))
            raise UsageError(layer, f"is no dense layer, expected one of: {names}")
        return replace(
            self,
            layers=tuple(
                replace(entry, activation=activation)
                if isinstance(entry, Dense) and entry.name == layer
                else entry
                for entry in self.layers
            ),
        )

    def network(self) -> dict[str, Any]:
        """Returns the content of network.json."""
        network: dict[str, Any] = {"format": 1}
        if self.input:
            network["input"] = {"mean": self.input.mean.tolist(), "std": self.input.std.tolist()}
        return network | {"layers": [layer.entry() for layer in self.layers]}

    def tensors(self) -> dict[str, Array]:
        """Returns every tensor by its full name."""
        return {
            f"{layer.name}.{suffix}": tensor
            for layer in self.layers
            for suffix, tensor in layer.tensors.items()
        }

    def summary(self) -> str:
        """Returns one line for each layer."""
        lines = []
        for layer in self.layers:
            kind, name, *details = layer.entry().values()
            lines.append(
                f"{kind:9} {name:24} {layer.inputs:5} -> {layer.outputs:<5} {' '.join(details)}"
            )
        return "\n".join(line.rstrip() for line in lines)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Writes the tensors to `path`, and network.json beside it: both or neither."""
        path = Path(path)
        if path.suffix != ".safetensors":
            raise UsageError(str(path), "is no name for the output, expected NAME.safetensors")
        network = json.dumps(self.network(), indent=2) + "\n"
        # One metadata key only: the order of several differs from run to run.
        weights = save(self.tensors(), metadata={"network": json.dumps(self.network())})
        _write_all({path: weights, path.with_name("network.json"): network.encode()})

    def _check(self) -> None:
        if not any(isinstance(layer, GRU) for layer in self.layers):
            raise ExportError("", "holds no GRU layer, expected at least one")
        if len(self.layers) > LAYER_LIMIT:
            raise ExportError("", f"has {len(self.layers)} layers, expected at most {LAYER_LIMIT}")
        for below, above in pairwise(self.layers):
            if isinstance(above, Embedding):
                raise ExportError(above.name, "is an embedding, expected it to be the first layer")
            if below.outputs != above.inputs:
                raise ExportError(
                    above.name,
                    f"reads {above.inputs} values, "
                    f"expected the {below.outputs} of '{below.name}' before it",
                )
            if isinstance(below, Dense) and below.activation == "softmax":
                raise ExportError(below.name, "has a softmax, expected that of the last layer only")
        if self.input and isinstance(self.layers[0], Embedding):
            raise ExportError(self.layers[0].name, "reads tokens, expected no input normalization")


def _named(layers: Iterable[Layer]) -> tuple[Layer, ...]:
    """Limits names to A-Z a-z 0-9 _ and ., and makes them differ."""
    named: dict[str, Layer] = {}
    for layer in layers:
        kind = layer.entry()["kind"]
        stem = re.sub(r"[^A-Za-z0-9_.]+", ".", layer.name).strip(".")[:NAME_LIMIT] or kind
        name, count = stem, 1
        while name in named:
            count += 1
            name = f"{stem}_{count}"
        named[name] = replace(layer, name=name)
    return tuple(named.values())


def _write_all(contents: Mapping[Path, bytes]) -> None:
    """Writes each file beside its target, then renames all; a failure leaves what was there."""
    staged: dict[Path, Path] = {}
    try:
        for path, data in contents.items():
            target = path.resolve()
            if target.exists() and not target.is_file():
                raise CannotCreateError(str(path), "is no regular file, expected one or none")
            beside = target.with_name(f".{target.name}.{os.getpid()}")
            staged[beside] = target
            _write(beside, data)
            if target.exists():
                shutil.copymode(target, beside)
        for beside, target in staged.items():
            beside.replace(target)
    except OSError as error:
        raise CannotCreateError(str(error.filename), f"{error.strerror}".lower()) from error
    finally:
        for beside in staged:
            beside.unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        except OSError as error:
            raise WriteFailedError(str(path), f"{error.strerror}".lower()) from error

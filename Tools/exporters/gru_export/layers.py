"""The layers of a network, each with the tensors of the framework that it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .errors import ExportError

Array = npt.NDArray[np.floating[Any]]
Activation = Literal["none", "relu", "tanh", "sigmoid", "softmax"]
Candidate = Literal["tanh", "relu"]
Reset = Literal["after", "before"]
Layout = Literal["pytorch", "pytorch_cell", "keras", "onnx", "flax_linen", "flax_nnx", "equinox"]

_REAL_TYPES = ("float16", "bfloat16", "float32", "float64")


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer; the tensor of suffix S is written as `name.S`."""

    name: str
    tensors: Mapping[str, Array]
    inputs: int
    outputs: int

    def entry(self) -> dict[str, str]:
        """Returns this layer's object in network.json."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class GRU(Layer):
    """A GRU, or a stack of them, in its framework's own layout: nothing is reordered here."""

    layout: Layout
    reset: Reset = "after"
    candidate: Candidate = "tanh"

    def entry(self) -> dict[str, str]:
        return {
            "kind": "gru",
            "tensors": self.name,
            "layout": self.layout,
            "reset": self.reset,
            "candidate": self.candidate,
            "update": "keeps",
        }


@dataclass(frozen=True, kw_only=True)
class Dense(Layer):
    """An affine map and an activation."""

    activation: Activation = "none"

    @classmethod
    def of_weight(cls, name: str, weight: Array, bias: Array | None) -> "Dense":
        """Takes weight (O, I) and bias (O)."""
        outputs, inputs = matrix_shape(f"{name}.weight", weight)
        return cls._of(name, {"weight": weight}, bias, inputs, outputs)

    @classmethod
    def of_kernel(cls, name: str, kernel: Array, bias: Array | None) -> "Dense":
        """Takes kernel (I, O) and bias (O)."""
        inputs, outputs = matrix_shape(f"{name}.kernel", kernel)
        return cls._of(name, {"kernel": kernel}, bias, inputs, outputs)

    @classmethod
    def _of(
        cls, name: str, tensors: dict[str, Array], bias: Array | None, inputs: int, outputs: int
    ) -> "Dense":
        if bias is not None:
            expect_shape(f"{name}.bias", bias, (outputs,))
            tensors["bias"] = bias
        return cls(name=name, tensors=tensors, inputs=inputs, outputs=outputs)

    def entry(self) -> dict[str, str]:
        return {"kind": "dense", "tensors": self.name, "activation": self.activation}


@dataclass(frozen=True, kw_only=True)
class Embedding(Layer):
    """A table of one vector for each token."""

    @classmethod
    def of(cls, name: str, weight: Array) -> "Embedding":
        """Takes weight (V, E)."""
        tokens, features = matrix_shape(f"{name}.weight", weight)
        return cls(name=name, tensors={"weight": weight}, inputs=tokens, outputs=features)

    def entry(self) -> dict[str, str]:
        return {"kind": "embedding", "tensors": self.name}


def real(where: str, value: npt.ArrayLike) -> Array:
    """Returns finite values as float64 if they are, else as float32, which is exact."""
    array = np.asarray(value)
    if array.dtype.name not in _REAL_TYPES:
        raise ExportError(
            where,
            f"holds {array.dtype.name} values, expected one of {', '.join(_REAL_TYPES)}",
            "export the float model, before any quantization",
        )
    exact: Array = np.ascontiguousarray(
        array, dtype=np.float64 if array.dtype == np.float64 else np.float32
    )
    wrong = np.argwhere(~np.isfinite(exact))
    if len(wrong):
        raise ExportError(
            where,
            f"has {len(wrong)} values that are NaN or infinite, the first at {wrong[0].tolist()}, "
            "expected finite weights",
        )
    return exact


def matrix_shape(where: str, array: Array) -> tuple[int, int]:
    """Returns rows and columns."""
    if array.ndim != 2:
        raise ExportError(where, f"has shape {list(array.shape)}, expected two dimensions")
    rows, columns = array.shape
    return rows, columns


def expect_shape(where: str, array: Array, shape: tuple[int, ...]) -> None:
    """Refuses any other shape."""
    if array.shape != shape:
        raise ExportError(where, f"has shape {list(array.shape)}, expected {list(shape)}")


def fuse(layers: list[Layer], activation: Activation, where: str) -> None:
    """Gives the last layer, a dense one without an activation, this activation."""
    if activation == "none":
        return
    last = layers[-1] if layers else None
    if not isinstance(last, Dense) or last.activation != "none":
        after = f"'{last.name}'" if last else "the input"
        raise ExportError(
            where,
            f"{activation} follows {after}, expected a dense layer without an activation before it",
        )
    layers[-1] = replace(last, activation=activation)

"""Equinox: modules in memory, their parts in the order of their fields."""

from dataclasses import fields
from typing import Any

import equinox as eqx
import numpy as np

from .errors import ExportError
from .export import Export
from .jax_activations import activation_named
from .layers import GRU, Dense, Embedding, Layer, fuse, real

NOTE = (
    "layers are in the order of the module's fields; activations called as functions in __call__ "
    "are not seen: set them with Export.with_activation, and compare outputs"
)


def from_equinox(model: eqx.Module) -> Export:
    """Reads GRUCell, Linear, Embedding, Lambda and containers of them."""
    layers: list[Layer] = []
    _append(layers, "", model)
    return Export(tuple(layers), notes=() if isinstance(model, eqx.nn.GRUCell) else (NOTE,))


def _append(layers: list[Layer], path: str, module: Any) -> None:
    """Appends the layers of a module or function, depth first."""
    name = path or type(module).__name__
    word = activation_named(module.fn if isinstance(module, eqx.nn.Lambda) else module)
    if isinstance(module, eqx.nn.GRUCell):
        layers.append(_gru(name, module))
    elif isinstance(module, eqx.nn.Linear):
        bias = None if module.bias is None else real(f"{name}.bias", module.bias)
        layers.append(Dense.of_weight(name, real(f"{name}.weight", module.weight), bias))
    elif isinstance(module, eqx.nn.Embedding):
        layers.append(Embedding.of(name, real(f"{name}.weight", module.weight)))
    elif word:
        fuse(layers, word, name)
    elif _is_container(module):
        _append_parts(layers, path, module)
    elif not isinstance(module, (eqx.nn.Dropout, eqx.nn.Identity)):
        raise ExportError(
            name,
            f"is {getattr(module, '__name__', type(module).__name__)}, expected GRUCell, Linear, "
            "Embedding, Dropout, relu, tanh, sigmoid, softmax or a module of them",
        )


def _append_parts(layers: list[Layer], path: str, module: Any) -> None:
    parts: dict[Any, Any]
    if isinstance(module, dict):
        parts = module
    elif isinstance(module, (list, tuple)):
        parts = dict(enumerate(module))
    else:
        parts = {field.name: getattr(module, field.name) for field in fields(module)}
    for key, part in parts.items():
        name = f"{path}.{key}".lstrip(".")
        if eqx.is_array(part) or isinstance(part, np.ndarray):
            raise ExportError(name, "is a parameter of its own, expected those of known layers")
        if _is_container(part) or callable(part):
            _append(layers, name, part)


def _is_container(module: Any) -> bool:
    ours = isinstance(module, eqx.Module) and not type(module).__module__.startswith("equinox.")
    return ours or isinstance(module, (eqx.nn.Sequential, dict, list, tuple))


def _gru(name: str, cell: eqx.nn.GRUCell) -> GRU:
    """Writes weight_ih (3H, I), weight_hh (3H, H), bias (3H) and bias_n (H)."""
    parts = ("weight_ih", "weight_hh") + (("bias", "bias_n") if cell.use_bias else ())
    return GRU(
        name=name,
        tensors={part: real(f"{name}.{part}", getattr(cell, part)) for part in parts},
        inputs=cell.input_size,
        outputs=cell.hidden_size,
        layout="equinox",
    )

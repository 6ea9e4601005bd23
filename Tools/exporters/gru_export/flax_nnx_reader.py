"""Flax nnx: modules in memory, their parts in the order in which they were assigned."""

from typing import Any

from flax import nnx

from .errors import ExportError
from .export import Export
from .jax_activations import activation_named
from .layers import GRU, Dense, Embedding, Layer, fuse, real

NOTE = (
    "layers are in the order of their assignment; activations called as functions in __call__ are "
    "not seen: set them with Export.with_activation, and compare outputs"
)


def from_flax_nnx(model: nnx.Module) -> Export:
    """Reads GRUCell, RNN, Linear, Embed and containers of them."""
    layers: list[Layer] = []
    _append(layers, "", model)
    return Export(tuple(layers), notes=() if isinstance(model, nnx.Sequential) else (NOTE,))


def _append(layers: list[Layer], path: str, module: Any) -> None:
    """Appends the layers of a module or function, depth first."""
    name = path or type(module).__name__
    word = activation_named(module)
    if isinstance(module, nnx.GRUCell):
        layers.append(_gru(name, module))
    elif isinstance(module, nnx.RNN):
        if module.reverse:
            raise ExportError(name, "is an RNN with reverse=True, expected the forward direction")
        _append(layers, name, module.cell)
    elif isinstance(module, nnx.Linear):
        bias = None if module.bias is None else real(f"{name}.bias", module.bias[...])
        kernel = real(f"{name}.kernel", module.kernel[...])
        layers.append(Dense.of_kernel(name, kernel, bias))
    elif isinstance(module, nnx.Embed):
        layers.append(Embedding.of(name, real(f"{name}.embedding", module.embedding[...])))
    elif word:
        fuse(layers, word, name)
    elif _is_container(module):
        _append_parts(layers, path, module)
    elif not isinstance(module, nnx.Dropout):
        raise ExportError(
            name,
            f"is {getattr(module, '__name__', type(module).__name__)}, expected GRUCell, RNN, "
            "Linear, Embed, Dropout, relu, tanh, sigmoid, softmax or a module of them",
        )


def _append_parts(layers: list[Layer], path: str, module: Any) -> None:
    listed = isinstance(module, (list, tuple, nnx.List))
    for key, part in enumerate(module) if listed else vars(module).items():
        name = f"{path}.{key}".lstrip(".")
        if isinstance(part, nnx.Param):
            raise ExportError(name, "is a parameter of its own, expected those of known layers")
        if _is_container(part) or callable(part):
            _append(layers, name, part)


def _is_container(module: Any) -> bool:
    ours = isinstance(module, nnx.Module) and not type(module).__module__.startswith("flax.")
    return ours or isinstance(module, (nnx.Sequential, nnx.List, nnx.Dict, list, tuple))


def _gru(name: str, cell: nnx.GRUCell) -> GRU:
    """Writes dense_i (I, 3H) with bias (3H), and dense_h (H, 3H)."""
    candidate = activation_named(cell.activation_fn)
    if activation_named(cell.gate_fn) != "sigmoid":
        raise ExportError(name, "has another gate_fn than sigmoid, expected sigmoid")
    if candidate not in ("tanh", "relu"):
        raise ExportError(name, "has another activation_fn than tanh or relu, expected one of them")
    if cell.carry_init is not None:
        raise ExportError(name, "has a carry_init, expected the zero state")
    parts = {
        "dense_i.kernel": cell.dense_i.kernel,
        "dense_i.bias": cell.dense_i.bias,
        "dense_h.kernel": cell.dense_h.kernel,
    }
    return GRU(
        name=name,
        tensors={
            part: real(f"{name}.{part}", value[...])
            for part, value in parts.items()
            if value is not None
        },
        inputs=cell.in_features,
        outputs=cell.hidden_features,
        layout="flax_nnx",
        candidate=candidate,
    )

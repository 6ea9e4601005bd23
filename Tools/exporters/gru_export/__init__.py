"""Writes trained GRU networks as model.safetensors and network.json.

    import gru_export
    gru_export.from_torch(model).write("model.safetensors")

A framework is imported when its function is first named.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .errors import ExportError
from .export import Export

if TYPE_CHECKING:
    from .equinox_reader import from_equinox
    from .flax_linen_reader import from_flax_linen
    from .flax_nnx_reader import from_flax_nnx
    from .keras_reader import from_keras
    from .onnx_reader import from_onnx
    from .torch_reader import from_torch

__all__ = [
    "Export",
    "ExportError",
    "from_equinox",
    "from_flax_linen",
    "from_flax_nnx",
    "from_keras",
    "from_onnx",
    "from_torch",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    reader = import_module(f".{name.removeprefix('from_')}_reader", __name__)
    return getattr(reader, name)

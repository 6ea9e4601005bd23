"""PyTorch: modules in memory, and files of state dicts.

Layers are taken in the order of their registration, which is that of the data in a Sequential and
by custom elsewhere: a module's forward() is not looked into.
"""

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from .errors import ExportError
from .export import Export
from .layers import (
    GRU,
    Activation,
    Array,
    Dense,
    Embedding,
    Layer,
    expect_shape,
    fuse,
    matrix_shape,
    real,
)

ACTIVATIONS: dict[type[nn.Module], Activation] = {
    nn.ReLU: "relu",
    nn.Tanh: "tanh",
    nn.Sigmoid: "sigmoid",
    nn.Softmax: "softmax",
}
WITHOUT_EFFECT = (nn.Identity, nn.modules.dropout._DropoutNd)
ORDER_NOTE = (
    "layers are in the order of their registration; activations called as functions in forward() "
    "are not seen: set them in network.json or with Export.with_activation, and compare outputs"
)
WEIGHTS_RECIPE = (
    "where the model's class is at hand, save its weights alone and export those:",
    '  torch.save(model.state_dict(), "weights.pt")',
)
SCRIPT_RECIPE = (
    "save its weights alone and export those:",
    '  torch.save(torch.jit.load("model.pt").state_dict(), "weights.pt")',
)


def from_torch(model: nn.Module | Mapping[str, Tensor]) -> Export:
    """Reads a module with its activations, or a state dict, which tells of none."""
    if isinstance(model, torch.jit.ScriptModule):
        raise ExportError("", "is TorchScript, expected a module or a state dict", *SCRIPT_RECIPE)
    if isinstance(model, nn.Module):
        layers: list[Layer] = []
        _append(layers, "", model)
        in_order = isinstance(model, (nn.Sequential, nn.GRU, nn.GRUCell))
        return Export(tuple(layers), notes=() if in_order else (ORDER_NOTE,))
    return Export(tuple(_state_dict_layers(model)), notes=(ORDER_NOTE,))


def from_torch_file(path: Path) -> Export:
    """Reads a .pt or .pth file that holds a state dict; no code of the file is run."""
    try:
        is_script = _is_script(path)
        content = None if is_script else torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a malformed file can raise anything
        raise ExportError(
            "",
            "holds more than weights or is damaged, and is not unpickled; expected a state dict",
            *WEIGHTS_RECIPE,
        ) from error
    if is_script:
        raise ExportError("", "is a TorchScript archive, expected a state dict", *SCRIPT_RECIPE)
    if not isinstance(content, Mapping):
        raise ExportError(
            "", f"holds a {type(content).__name__}, expected a state dict", *WEIGHTS_RECIPE
        )
    return from_torch(_weights_within(content))


def _is_script(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("/constants.pkl") for name in archive.namelist())


def _weights_within(content: Mapping[str, Any]) -> Mapping[str, Tensor]:
    """Returns the state dict itself, or the only one in a checkpoint."""
    if _is_state_dict(content):
        return content
    inner = [key for key, value in content.items() if _is_state_dict(value)]
    if len(inner) != 1:
        raise ExportError(
            "",
            f"has the entries {', '.join(map(str, content))}, of which {len(inner)} are state "
            "dicts, expected one",
            *WEIGHTS_RECIPE,
        )
    return cast(Mapping[str, Tensor], content[inner[0]])


def _is_state_dict(value: object) -> bool:
    return (
        isinstance(value, Mapping)
        and bool(value)
        and all(isinstance(key, str) for key in value)
        and all(isinstance(entry, Tensor) for entry in value.values())
    )


def _append(layers: list[Layer], path: str, module: nn.Module) -> None:
    """Appends the layers of a module, depth first."""
    name = path or type(module).__name__
    if _is_plain(module, nn.GRU):
        parts = cast(nn.GRU, module)._flat_weights_names
        layers.append(_stack(name, {part: getattr(module, part) for part in parts}))
    elif _is_plain(module, nn.GRUCell):
        parts = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
        tensors = {part: getattr(module, part) for part in parts}
        layers.append(_cell(name, {k: v for k, v in tensors.items() if v is not None}))
    elif _is_plain(module, nn.Linear):
        linear = cast(nn.Linear, module)
        layers.append(_dense(name, linear.weight, linear.bias))
    elif _is_plain(module, nn.Embedding):
        if module.max_norm is not None:
            raise ExportError(name, "has max_norm, expected an embedding without renormalization")
        layers.append(Embedding.of(name, _array(f"{name}.weight", module.weight)))
    elif type(module) in ACTIVATIONS:
        if isinstance(module, nn.Softmax) and module.dim not in (-1, 2):
            raise ExportError(
                name, f"is a Softmax over dim {module.dim}, expected -1: the features"
            )
        fuse(layers, ACTIVATIONS[type(module)], name)
    elif isinstance(module, WITHOUT_EFFECT):
        pass
    elif module._modules:
        own = [*module._parameters, *module._buffers]
        if own:
            raise ExportError(
                name, f"has {', '.join(own)} of its own, expected those of known layers"
            )
        # Not named_children(), which passes over a module that is used twice.
        for child_name, child in module._modules.items():
            if child is not None:
                _append(layers, f"{path}.{child_name}".lstrip("."), child)
    else:
        raise ExportError(
            name,
            f"is a {type(module).__name__}, expected GRU, GRUCell, Linear, Embedding, Dropout, "
            f"{', '.join(kind.__name__ for kind in ACTIVATIONS)} or a container of them",
        )


def _is_plain(module: nn.Module, kind: type[nn.Module]) -> bool:
    """A subclass that computes something else is not its base; a parametrized one is."""
    return isinstance(module, kind) and type(module).forward is kind.forward


def _state_dict_layers(weights: Mapping[str, Tensor]) -> Iterator[Layer]:
    groups: dict[str, dict[str, Tensor]] = {}
    for full_name, tensor in weights.items():
        prefix, _, part = full_name.rpartition(".")
        groups.setdefault(prefix, {})[part] = tensor
    names = list(groups)
    for index, (name, tensors) in enumerate(groups.items()):
        if "weight_hh_l0" in tensors:
            yield _stack(name, tensors)
        elif "weight_hh" in tensors:
            yield _cell(name, tensors)
        elif set(tensors) == {"weight", "bias"} and tensors["weight"].ndim == 2:
            yield _dense(name, tensors["weight"], tensors["bias"])
        elif set(tensors) == {"weight"} and tensors["weight"].ndim == 2:
            above = groups[names[index + 1]] if index == 0 and len(names) > 1 else None
            yield _embedding_or_dense(name, tensors["weight"], above)
        else:
            raise ExportError(
                name,
                f"has {', '.join(tensors)}, expected the tensors of a GRU, Linear or Embedding",
            )


def _embedding_or_dense(name: str, weight: Tensor, above: Mapping[str, Tensor] | None) -> Layer:
    """Takes a first weight without bias: (V, E) or (O, I), as the layer above it tells."""
    if above is None:
        return _dense(name, weight, None)
    rows, columns = weight.shape
    wanted = next(iter(above.values())).shape[-1]
    if rows == columns == wanted:
        raise ExportError(
            name,
            f"has shape {[rows, columns]}, which fits an Embedding and a Linear without bias",
            "export the module itself: gru_export.from_torch(module)",
        )
    if columns == wanted:
        return Embedding.of(name, _array(f"{name}.weight", weight))
    return _dense(name, weight, None)


def _stack(name: str, tensors: Mapping[str, Tensor]) -> GRU:
    """Takes weight_ih_lk (3H, I or H), weight_hh_lk (3H, H), and bias_ih_lk, bias_hh_lk (3H)."""
    for part in tensors:
        if part.endswith("_reverse"):
            raise ExportError(
                name,
                f"is bidirectional: it has '{part}'; expected one direction",
                "the backward half needs the end of the sequence first; retrain without it",
            )
        if part.startswith("weight_hr"):
            raise ExportError(name, f"has a projection '{part}', expected none")
    depth = sum(part.startswith("weight_hh_l") for part in tensors)
    parts = _parts(tensors)
    expected = [f"{part}_l{layer}" for layer in range(depth) for part in parts]
    arrays = _arrays(name, tensors, expected)
    hidden = _hidden_size(name, arrays["weight_hh_l0"])
    inputs = matrix_shape(f"{name}.weight_ih_l0", arrays["weight_ih_l0"])[1]
    for layer in range(depth):
        _expect_shapes(name, arrays, f"_l{layer}", inputs if layer == 0 else hidden, hidden)
    return GRU(name=name, tensors=arrays, inputs=inputs, outputs=hidden, layout="pytorch")


def _cell(name: str, tensors: Mapping[str, Tensor]) -> GRU:
    """Takes weight_ih (3H, I), weight_hh (3H, H), and bias_ih, bias_hh (3H)."""
    arrays = _arrays(name, tensors, _parts(tensors))
    hidden = _hidden_size(name, arrays["weight_hh"])
    inputs = matrix_shape(f"{name}.weight_ih", arrays["weight_ih"])[1]
    _expect_shapes(name, arrays, "", inputs, hidden)
    return GRU(name=name, tensors=arrays, inputs=inputs, outputs=hidden, layout="pytorch_cell")


def _dense(name: str, weight: Tensor, bias: Tensor | None) -> Dense:
    """Takes weight (O, I) and bias (O)."""
    return Dense.of_weight(
        name,
        _array(f"{name}.weight", weight),
        None if bias is None else _array(f"{name}.bias", bias),
    )


def _parts(tensors: Mapping[str, Tensor]) -> list[str]:
    has_bias = any(part.startswith("bias") for part in tensors)
    return ["weight_ih", "weight_hh"] + ["bias_ih", "bias_hh"] * has_bias


def _arrays(name: str, tensors: Mapping[str, Tensor], expected: list[str]) -> dict[str, Array]:
    if set(tensors) != set(expected):
        raise ExportError(name, f"has {', '.join(tensors)}, expected {', '.join(expected)}")
    return {part: _array(f"{name}.{part}", tensors[part]) for part in expected}


def _array(where: str, tensor: Tensor) -> Array:
    tensor = tensor.detach().cpu()
    return real(where, (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy())


def _hidden_size(name: str, recurrent: Array) -> int:
    """Takes H from the recurrent weights (3H, H)."""
    rows, hidden = matrix_shape(f"{name}.weight_hh", recurrent)
    looks = {4 * hidden: "an LSTM: 4H", hidden: "a plain RNN: H"}.get(rows)
    if looks:
        raise ExportError(name, f"looks like {looks} rows, expected a GRU: 3H rows, H = {hidden}")
    return hidden


def _expect_shapes(
    name: str, arrays: Mapping[str, Array], layer: str, inputs: int, hidden: int
) -> None:
    rows = 3 * hidden
    shapes = {"weight_ih": (rows, inputs), "weight_hh": (rows, hidden)}
    for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        if f"{part}{layer}" in arrays:
            where = f"{name}.{part}{layer}"
            expect_shape(where, arrays[f"{part}{layer}"], shapes.get(part, (rows,)))

"""Runs an exported network in float64 from its two files alone.

Shares no code with the exporter: it splits each layout's gates by its own reading of the
frameworks' documents.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from safetensors import safe_open

Tensors = dict[str, np.ndarray]
Gates = dict[str, np.ndarray]


class Cell(NamedTuple):
    """One GRU layer; gates are named r, z and n."""

    w: Gates  # (H, I) each
    u: Gates  # (H, H) each
    b: Gates  # (H) each, beside W·x
    c: Gates  # (H) each, beside U·h


def run(folder: Path, inputs: np.ndarray) -> np.ndarray:
    """Takes (N, T, I) reals or (N, T) tokens, returns what comes out at each step: (N, T, O)."""
    network = json.loads((folder / "network.json").read_text())
    assert network["format"] == 1
    with safe_open(folder / "model.safetensors", framework="numpy") as file:
        assert json.loads(file.metadata()["network"]) == network
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    used: set[str] = set()
    values = inputs if inputs.dtype.kind == "i" else inputs.astype(np.float64)
    if "input" in network:
        values = (values - np.array(network["input"]["mean"])) / np.array(network["input"]["std"])
    for layer in network["layers"]:
        prefix = layer["tensors"] + "."
        names = [name for name in tensors if name.startswith(prefix)]
        used.update(names)
        own = {name.removeprefix(prefix): tensors[name].astype(np.float64) for name in names}
        values = KINDS[layer["kind"]](layer, own, values)
    assert used == set(tensors), "tensors that no layer names"
    return values


def embedding(layer: dict[str, Any], tensors: Tensors, tokens: np.ndarray) -> np.ndarray:
    """Looks up rows of weight (V, E)."""
    assert set(layer) == {"kind", "tensors"}
    assert set(tensors) == {"weight"}
    return tensors["weight"][tokens]


def dense(layer: dict[str, Any], tensors: Tensors, values: np.ndarray) -> np.ndarray:
    """Applies weight (O, I) or kernel (I, O), bias (O), and the activation."""
    assert set(layer) == {"kind", "tensors", "activation"}
    kernel = tensors["kernel"] if "kernel" in tensors else tensors["weight"].T
    return ACTIVATIONS[layer["activation"]](values @ kernel + tensors.get("bias", 0.0))


def gru(layer: dict[str, Any], tensors: Tensors, values: np.ndarray) -> np.ndarray:
    """Steps every cell of a stack from the zero state."""
    assert set(layer) == {"kind", "tensors", "layout", "reset", "candidate", "update"}
    assert layer["update"] == "keeps"
    for cell in LAYOUTS[layer["layout"]](tensors):
        values = sequence(cell, layer["reset"], ACTIVATIONS[layer["candidate"]], values)
    return values


def sequence(cell: Cell, reset: str, candidate: Any, inputs: np.ndarray) -> np.ndarray:
    """Runs one cell over (N, T, I), returns (N, T, H)."""
    state = np.zeros((len(inputs), len(cell.b["r"])))
    states = []
    for x in np.moveaxis(inputs, 1, 0):
        given = {gate: x @ cell.w[gate].T + cell.b[gate] for gate in "rzn"}
        r = sigmoid(given["r"] + state @ cell.u["r"].T + cell.c["r"])
        z = sigmoid(given["z"] + state @ cell.u["z"].T + cell.c["z"])
        if reset == "after":
            n = candidate(given["n"] + r * (state @ cell.u["n"].T + cell.c["n"]))
        else:
            assert reset == "before"
            n = candidate(given["n"] + (r * state) @ cell.u["n"].T + cell.c["n"])
        state = (1 - z) * n + z * state
        states.append(state)
    return np.stack(states, axis=1)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def softmax(x: np.ndarray) -> np.ndarray:
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def thirds(rows: np.ndarray, order: str) -> Gates:
    """Splits the first axis into three gates."""
    return dict(zip(order, np.split(rows, 3), strict=True))


def of_pytorch(tensors: Tensors) -> list[Cell]:
    depth = sum(name.startswith("weight_ih_l") for name in tensors)
    cells = []
    for k in range(depth):
        suffix = f"_l{k}"
        own = {n.removesuffix(suffix): t for n, t in tensors.items() if n.endswith(suffix)}
        cells += of_pytorch_cell(own)
    assert sum(map(len, cells)) == 4 * depth
    return cells


def of_pytorch_cell(tensors: Tensors) -> list[Cell]:
    zero = np.zeros(len(tensors["weight_ih"]))
    assert ("bias_ih" in tensors) == ("bias_hh" in tensors)
    return [
        Cell(
            thirds(tensors["weight_ih"], "rzn"),
            thirds(tensors["weight_hh"], "rzn"),
            thirds(tensors.get("bias_ih", zero), "rzn"),
            thirds(tensors.get("bias_hh", zero), "rzn"),
        )
    ]


def of_keras(tensors: Tensors) -> list[Cell]:
    zero = np.zeros(tensors["kernel"].shape[1])
    bias = tensors.get("bias", zero)
    b, c = bias if bias.ndim == 2 else (bias, zero)
    w, u = tensors["kernel"].T, tensors["recurrent_kernel"].T
    return [Cell(thirds(w, "zrn"), thirds(u, "zrn"), thirds(b, "zrn"), thirds(c, "zrn"))]


def of_onnx(tensors: Tensors) -> list[Cell]:
    (w,), (u,) = tensors["W"], tensors["R"]
    b, c = np.split(tensors["B"][0], 2) if "B" in tensors else np.zeros((2, len(w)))
    return [Cell(thirds(w, "zrn"), thirds(u, "zrn"), thirds(b, "zrn"), thirds(c, "zrn"))]


def of_flax_linen(tensors: Tensors) -> list[Cell]:
    zero = np.zeros_like(tensors["in.bias"])
    return [
        Cell(
            {gate: tensors[f"i{gate}.kernel"].T for gate in "rzn"},
            {gate: tensors[f"h{gate}.kernel"].T for gate in "rzn"},
            {gate: tensors[f"i{gate}.bias"] for gate in "rzn"},
            {"r": zero, "z": zero, "n": tensors["hn.bias"]},
        )
    ]


def of_flax_nnx(tensors: Tensors) -> list[Cell]:
    w, u = tensors["dense_i.kernel"].T, tensors["dense_h.kernel"].T
    zero = np.zeros(len(u))
    b = tensors["dense_i.bias"]
    return [Cell(thirds(w, "rzn"), thirds(u, "rzn"), thirds(b, "rzn"), thirds(zero, "rzn"))]


def of_equinox(tensors: Tensors) -> list[Cell]:
    w, u = tensors["weight_ih"], tensors["weight_hh"]
    zero = np.zeros(len(w))
    c = {gate: np.zeros(len(w) // 3) for gate in "rzn"}
    if "bias_n" in tensors:
        c["n"] = tensors["bias_n"]
    b = thirds(tensors.get("bias", zero), "rzn")
    return [Cell(thirds(w, "rzn"), thirds(u, "rzn"), b, c)]


KINDS = {"embedding": embedding, "gru": gru, "dense": dense}
LAYOUTS = {
    "pytorch": of_pytorch,
    "pytorch_cell": of_pytorch_cell,
    "keras": of_keras,
    "onnx": of_onnx,
    "flax_linen": of_flax_linen,
    "flax_nnx": of_flax_nnx,
    "equinox": of_equinox,
}
ACTIVATIONS = {
    "none": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "softmax": softmax,
}

"""ONNX: the chain of nodes from the model's input to its first output."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import helper

from .errors import ExportError
from .export import Export
from .layers import (
    GRU,
    Activation,
    Array,
    Candidate,
    Dense,
    Embedding,
    Layer,
    expect_shape,
    fuse,
    real,
)
from .onnx_graph import Graph, label

ACTIVATIONS: dict[str, Activation] = {
    "Relu": "relu",
    "Tanh": "tanh",
    "Sigmoid": "sigmoid",
    "Softmax": "softmax",
}
CANDIDATES: dict[str, Candidate] = {"tanh": "tanh", "relu": "relu"}
# What only rearranges values; Gather and Slice are looked at more closely.
GLUE = ("Cast", "Dropout", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze")
ADVICE = {
    "BatchNormalization": "fold its scale and offset into the dense layer before it",
    "DequantizeLinear": "export the float model, before any quantization",
    "Div": "a scale of the input belongs in network.json, as 'input': mean and std",
    "DynamicQuantizeLinear": "export the float model, before any quantization",
    "LSTM": "retrain with a GRU",
    "Loop": "export with the operator GRU, not with the cell unrolled",
    "Mul": "a scale of the input belongs in network.json, as 'input': mean and std",
    "RNN": "retrain with a GRU",
    "Scan": "export with the operator GRU, not with the cell unrolled",
    "Sub": "a scale of the input belongs in network.json, as 'input': mean and std",
}


def from_onnx(model: onnx.ModelProto | str | os.PathLike[str]) -> Export:
    """Reads a model in memory or a .onnx file with its weights inside."""
    if not isinstance(model, onnx.ModelProto):
        return from_onnx_file(Path(model))
    graph = Graph(model)
    chain = graph.chain()
    layers: list[Layer] = []
    for below, node in zip([None, *chain], chain, strict=False):
        _append(layers, graph, node, below)
    return Export(tuple(layers))


def from_onnx_file(path: Path) -> Export:
    """Reads a .onnx file with its weights inside."""
    try:
        model = onnx.load(path, load_external_data=False)
    except Exception as error:  # a malformed protocol buffer can raise anything
        raise ExportError("", "is no ONNX model, or a damaged one") from error
    return from_onnx(model)


def _append(
    layers: list[Layer], graph: Graph, node: onnx.NodeProto, below: onnx.NodeProto | None
) -> None:
    """Appends what a node is, or mends the layer that it completes."""
    kind = node.op_type
    if kind == "GRU":
        layers.append(_gru(graph, node))
    elif kind == "Gemm":
        layers.append(_gemm(graph, node))
    elif kind == "MatMul":
        kernel = _constant(graph, node, 1, "B")
        layers.append(Dense.of_weight(label(node), kernel.T.copy(), None))
    elif kind == "Add" and below is not None and below.op_type == "MatMul":
        layers[-1] = _with_bias(layers[-1], graph, node)
    elif kind in ACTIVATIONS:
        if kind == "Softmax" and not graph.is_over_features(node):
            raise ExportError(label(node), "is a Softmax over another axis than the last")
        fuse(layers, ACTIVATIONS[kind], label(node))
    elif kind == "Gather" and graph.constant(node.input[0]) is not None:
        layers.append(Embedding.of(label(node), _constant(graph, node, 0, "data")))
    elif kind in ("Gather", "Slice"):
        _check_selection(layers, graph, node)
    elif kind not in GLUE:
        hints = [ADVICE[kind]] if kind in ADVICE else []
        raise ExportError(
            label(node),
            f"is a {kind}, expected GRU, Gemm, MatMul and Add, {', '.join(ACTIVATIONS)}, Gather",
            *hints,
        )


def _gru(graph: Graph, node: onnx.NodeProto) -> GRU:
    """Writes W (1, 3H, I), R (1, 3H, H) and B (1, 6H)."""
    name = label(node)
    attributes = {entry.name: helper.get_attribute_value(entry) for entry in node.attribute}
    direction = attributes.get("direction", b"forward").decode()
    if direction != "forward":
        raise ExportError(
            name,
            f"direction is {direction}, expected forward",
            "the other direction needs the end of the sequence first; retrain without it",
        )
    for attribute in ("clip", "activation_alpha", "activation_beta"):
        if attributes.get(attribute):
            raise ExportError(name, f"has the attribute {attribute}, expected none")
    words = [word.decode().lower() for word in attributes.get("activations", [])]
    gate, candidate = words if len(words) == 2 else ("sigmoid", "tanh")
    if len(words) not in (0, 2) or gate != "sigmoid" or candidate not in CANDIDATES:
        found = ", ".join(words)
        raise ExportError(name, f"activations are {found}, expected Sigmoid and Tanh or Relu")
    inputs = dict(zip(("X", "W", "R", "B", "sequence_lens", "initial_h"), node.input, strict=False))
    if inputs.get("sequence_lens"):
        raise ExportError(
            name,
            "has sequence_lens, expected none",
            "export without lengths; give them to the tool that runs the model",
        )
    if inputs.get("initial_h") and inputs["initial_h"] not in graph.zeros:
        raise ExportError(
            name,
            "has an initial_h that is not known to be zero, expected none",
            "a device starts from a zero state; export without the state as input",
        )
    tensors = {part: _constant(graph, node, at, part) for at, part in ((1, "W"), (2, "R"))}
    if inputs.get("B"):
        tensors["B"] = _constant(graph, node, 3, "B")
    hidden, features = tensors["R"].shape[-1], tensors["W"].shape[-1]
    expect_shape(f"{name}.W", tensors["W"], (1, 3 * hidden, features))
    expect_shape(f"{name}.R", tensors["R"], (1, 3 * hidden, hidden))
    if "B" in tensors:
        expect_shape(f"{name}.B", tensors["B"], (1, 6 * hidden))
    return GRU(
        name=name,
        tensors=tensors,
        inputs=features,
        outputs=hidden,
        layout="onnx",
        reset="after" if attributes.get("linear_before_reset", 0) else "before",
        candidate=CANDIDATES[candidate],
    )


def _gemm(graph: Graph, node: onnx.NodeProto) -> Dense:
    """Takes B (I, O), or (O, I) if transposed, and C that fits (O)."""
    attributes: dict[str, Any] = {"alpha": 1.0, "beta": 1.0, "transA": 0, "transB": 0}
    attributes |= {entry.name: helper.get_attribute_value(entry) for entry in node.attribute}
    for attribute, expected in (("alpha", 1.0), ("beta", 1.0), ("transA", 0)):
        if attributes[attribute] != expected:
            raise ExportError(
                label(node), f"{attribute} is {attributes[attribute]}, expected {expected}"
            )
    matrix = _constant(graph, node, 1, "B")
    dense = Dense.of_weight(label(node), matrix if attributes["transB"] else matrix.T.copy(), None)
    has_bias = len(node.input) > 2 and node.input[2]
    return _with_bias(dense, graph, node) if has_bias else dense


def _with_bias(layer: Layer, graph: Graph, node: onnx.NodeProto) -> Dense:
    """Adds the last constant input of a node, of any shape that broadcasts to (O)."""
    at = max(i for i, name in enumerate(node.input) if graph.constant(name) is not None)
    bias = _constant(graph, node, at, "bias")
    if bias.size != 1 and (bias.size, bias.shape[-1]) != (layer.outputs, layer.outputs):
        raise ExportError(
            label(node), f"adds {list(bias.shape)}, expected a bias of {layer.outputs}"
        )
    bias = np.broadcast_to(bias.ravel(), layer.outputs).copy()
    return Dense.of_weight(layer.name, layer.tensors["weight"], bias)


def _check_selection(layers: list[Layer], graph: Graph, node: onnx.NodeProto) -> None:
    """Lets one step or one direction of a GRU's output pass, nothing else."""
    if not layers:
        raise ExportError(
            label(node), f"is a {node.op_type} of the input, expected the whole input to be read"
        )
    if node.op_type == "Gather":
        index = graph.constant(node.input[1])
        single = index is not None and index.size == 1
    else:
        steps = graph.constant(node.input[4]) if len(node.input) > 4 else np.ones(1)
        single = steps is not None and bool(np.all(steps == 1))
    if not single:
        raise ExportError(label(node), f"is a {node.op_type} that reorders or skips values")


def _constant(graph: Graph, node: onnx.NodeProto, at: int, part: str) -> Array:
    value = graph.constant(node.input[at])
    if value is None:
        raise ExportError(
            f"{label(node)}.{part}",
            "is computed while the model runs, expected constant weights",
            "export the float model in inference mode, before any quantization",
        )
    return real(f"{label(node)}.{part}", value)

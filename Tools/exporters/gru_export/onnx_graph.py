"""What an ONNX graph tells before its nodes are understood: constants, zeros, the chain."""

from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from .errors import ExportError

# Evaluated where their inputs are constant: how exporters leave weights that they did not fold.
FOLDED = {
    "Cast",
    "Concat",
    "Constant",
    "Identity",
    "Reshape",
    "Slice",
    "Squeeze",
    "Transpose",
    "Unsqueeze",
}
# Their result is zero where their first input is.
ZERO_KEEPING = FOLDED - {"Concat", "Constant"} | {"Expand", "Gather", "Tile"}
# Nodes that compute: each must be on the way from input to output.
COMPUTING = ("GRU", "LSTM", "RNN", "Gemm", "MatMul", "Conv", "Relu", "Tanh", "Sigmoid", "Softmax")
VALUE_LIMIT = 64 << 20


class Graph:
    """A checked graph, its constants folded."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.graph = model.graph
        for tensor in _tensors(model.graph):
            if tensor.data_location == onnx.TensorProto.EXTERNAL:
                raise ExportError(
                    tensor.name,
                    "lies in a file of its own, expected the weights inside the .onnx file",
                    'onnx.save(onnx.load("model.onnx"), "whole.onnx")',
                )
        try:
            model = onnx.shape_inference.infer_shapes(model)
            self._ranks = _ranks(model.graph)
            onnx.checker.check_model(model)
        except Exception as error:  # the checker's errors have no common base
            reason = str(error).strip().split("\n")[0]
            raise ExportError("", f"is no valid ONNX model: {reason}") from error
        self._opsets = {entry.domain: entry.version for entry in model.opset_import}
        self._constants: dict[str, npt.NDArray[Any]] = {}
        self._producers: dict[str, onnx.NodeProto] = {}
        self.zeros: set[str] = set()
        for tensor in self.graph.initializer:
            self._keep(tensor.name, numpy_helper.to_array(tensor))
        for node in self.graph.node:
            self._producers |= dict.fromkeys(filter(None, node.output), node)
            self._fold(node)

    def constant(self, name: str) -> npt.NDArray[Any] | None:
        """Returns a value that is the same in every run."""
        return self._constants.get(name)

    def is_over_features(self, node: onnx.NodeProto) -> bool:
        """Tells whether a Softmax works along the last axis."""
        default = -1 if self._opsets.get("", 1) >= 13 else 1
        axes = [helper.get_attribute_value(entry) for entry in node.attribute]
        axis = axes[0] if axes else default
        rank = self._ranks.get(node.output[0])
        return axis == -1 or (rank is not None and axis == rank - 1)

    def chain(self) -> list[onnx.NodeProto]:
        """Returns the nodes from the model's input to its first output."""
        inputs = {value.name for value in self.graph.input} - set(self._constants)
        name = self.graph.output[0].name
        chain: list[onnx.NodeProto] = []
        while name not in inputs:
            if name in self._constants:
                raise ExportError(name, "is constant, expected it to depend on the model's input")
            chain.append(self._producers[name])
            name = self._data_input(chain[-1])
        used = {id(node) for node in chain}
        for node in self.graph.node:
            if node.op_type in COMPUTING and id(node) not in used:
                raise ExportError(
                    label(node),
                    f"is a {node.op_type} beside the way from '{name}' to "
                    f"'{self.graph.output[0].name}', expected a chain of layers",
                )
        return chain[::-1]

    def _data_input(self, node: onnx.NodeProto) -> str:
        if node.op_type in ("GRU", "LSTM", "RNN", "Reshape", "Slice", "Dropout"):
            return str(node.input[0])
        data = [name for name in node.input if name and name not in self._constants]
        if len(data) != 1:
            raise ExportError(
                label(node),
                f"is a {node.op_type} with {len(data)} inputs that are not constant, expected one: "
                "a chain of layers",
            )
        return str(data[0])

    def _fold(self, node: onnx.NodeProto) -> None:
        if node.op_type == "ConstantOfShape":
            values = [helper.get_attribute_value(entry) for entry in node.attribute]
            if not values or not numpy_helper.to_array(values[0]).any():
                self.zeros.add(node.output[0])
        elif node.op_type in ZERO_KEEPING and node.input[0] in self.zeros:
            self.zeros.add(node.output[0])
        used = [name for name in node.input if name]
        if node.op_type in FOLDED and all(name in self._constants for name in used):
            feeds = {name: self._constants[name] for name in used}
            if sum(feeds[name].size for name in used) > VALUE_LIMIT:
                raise ExportError(label(node), f"makes more than {VALUE_LIMIT} constant values")
            try:
                [value] = ReferenceEvaluator(node, opsets=self._opsets).run(None, feeds)
            except Exception as error:  # numpy's and the evaluator's own
                raise ExportError(label(node), f"is a {node.op_type} that fails") from error
            self._keep(node.output[0], np.asarray(value))

    def _keep(self, name: str, value: npt.NDArray[Any]) -> None:
        self._constants[name] = value
        if not value.any():
            self.zeros.add(name)


def label(node: onnx.NodeProto) -> str:
    """Returns the name of a node, or of its output."""
    return str(node.name or next(filter(None, node.output), node.op_type))


def _tensors(graph: onnx.GraphProto) -> list[onnx.TensorProto]:
    attributes = [entry.t for node in graph.node for entry in node.attribute if entry.HasField("t")]
    return [*graph.initializer, *attributes]


def _ranks(graph: onnx.GraphProto) -> dict[str, int]:
    """Returns the known ranks; unknown shapes become scalar, as the checker demands some shape."""
    ranks = {}
    for value in [*graph.value_info, *graph.input, *graph.output]:
        if value.type.tensor_type.HasField("shape"):
            ranks[value.name] = len(value.type.tensor_type.shape.dim)
        elif value.type.HasField("tensor_type"):
            value.type.tensor_type.shape.SetInParent()
    return ranks

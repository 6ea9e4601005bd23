"""Builds small ONNX models by hand; used by the tests of export and of refusal."""

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FEATURES, HIDDEN, OUTPUTS, TOKENS = 5, 7, 4, 9


def gru_model(
    attributes: dict[str, Any],
    *,
    bias: bool = True,
    head: str | None = None,
    activation: str | None = None,
    constants: bool = False,
    initial_h: str | None = None,
    sequence_lens: bool = False,
    embedding: bool = False,
    op: str = "GRU",
    hidden: int = HIDDEN,
    before: list[onnx.NodeProto] | None = None,
    after: list[onnx.NodeProto] | None = None,
    extra: dict[str, np.ndarray] | None = None,
) -> onnx.ModelProto:
    """Makes x (T, N, I), or (N, T, I) for layout 1, -> GRU -> an optional head -> y.

    `before` are nodes from x to x0, `after` from y0 to y; `extra` are initializers for them.
    """
    random = np.random.default_rng(3)
    gates = {"GRU": 3, "LSTM": 4, "RNN": 1}[op]
    directions = 2 if attributes.get("direction") == "bidirectional" else 1
    batch_first = attributes.get("layout") == 1
    size = {
        "W": (directions, gates * hidden, FEATURES),
        "R": (directions, gates * hidden, hidden),
        "B": (directions, 2 * gates * hidden),
        "K": (hidden, OUTPUTS),
        "KT": (OUTPUTS, hidden),
        "C": (OUTPUTS,),
        "E": (TOKENS, FEATURES),
    }
    weights = {k: random.normal(size=s, scale=0.4).astype(np.float32) for k, s in size.items()}
    weights |= {"axis": np.array([2 if batch_first else 1]), **(extra or {})}
    first, nodes = "x0" if before else "x", list(before or [])
    if embedding:
        nodes.append(helper.make_node("Gather", ["E", first], ["e"]))
        first = "e"
    given = [first, "W", "R", "B" if bias else "", "lens" if sequence_lens else "", ""]
    if sequence_lens:
        weights["lens"] = np.array([3, 3, 3], np.int32)
    if initial_h:
        given[5] = "h0"
        state = np.zeros((1, 3, hidden), np.float32)
        if initial_h == "constant_of_shape":
            weights["h0_shape"] = np.array(state.shape)
            nodes.append(helper.make_node("ConstantOfShape", ["h0_shape"], ["h0"]))
        elif initial_h != "input":
            weights["h0"] = state + (0 if initial_h == "initializer" else 0.5)
    nodes.append(helper.make_node(op, given, ["Y", "Y_h"], "gru", hidden_size=hidden, **attributes))
    if head and head.startswith("gemm"):
        # The last state (1, N, H) -> (N, O)
        weights["first"] = np.array([0])
        nodes.append(helper.make_node("Squeeze", ["Y_h", "first"], ["s"]))
        transposed = head == "gemm_transposed"
        matrix = "KT" if transposed else "K"
        nodes.append(helper.make_node("Gemm", ["s", matrix, "C"], ["d"], transB=int(transposed)))
    else:
        nodes.append(helper.make_node("Squeeze", ["Y", "axis"], ["s"]))
    if head and head.startswith("matmul"):
        nodes.append(helper.make_node("MatMul", ["s", "K"], ["m" if "add" in head else "d"]))
        if "add" in head:
            nodes.append(helper.make_node("Add", ["C", "m"], ["d"]))
    last = "d" if head else "s"
    if activation:
        nodes.append(helper.make_node(activation, [last], ["a"]))
        last = "a"
    nodes.append(helper.make_node("Identity", [last], ["y0" if after else "y"]))
    nodes += after or []
    return _finished(nodes, weights, constants, embedding, initial_h == "input")


def _finished(
    nodes: list[onnx.NodeProto],
    weights: dict[str, np.ndarray],
    constants: bool,
    tokens: bool,
    state_input: bool,
) -> onnx.ModelProto:
    used = {name for node in nodes for name in node.input}
    tensors = [numpy_helper.from_array(w, name) for name, w in weights.items() if name in used]
    if constants:
        made = [helper.make_node("Constant", [], [tensor.name], value=tensor) for tensor in tensors]
        nodes, tensors = made + nodes, []
    kind, shape = (TensorProto.INT64, [None, None]) if tokens else (TensorProto.FLOAT, [None] * 3)
    inputs = [helper.make_tensor_value_info("x", kind, shape)]
    if state_input:
        inputs.append(helper.make_tensor_value_info("h0", TensorProto.FLOAT, [1, None, HIDDEN]))
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "model", inputs, [result], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)

"""ONNX: graphs around one GRU."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import gru_export
from gru_export.cli import read
from refusals.row import Row


def rows() -> list[Row]:
    import onnx
    from onnx import helper
    from onnx_models import FEATURES, HIDDEN, gru_model

    def model(attributes: dict[str, Any] | None = None, **options: Any) -> Callable[[Path], Any]:
        return lambda _: gru_export.from_onnx(gru_model(attributes or {}, **options))

    def external(folder: Path) -> Any:
        onnx.save(
            gru_model({}),
            folder / "a.onnx",
            save_as_external_data=True,
            location="a.data",
            size_threshold=0,
        )
        return read(folder / "a.onnx")

    def before(op: str, *extra: str, **options: Any) -> dict[str, Any]:
        return {"before": [helper.make_node(op, ["x", *extra], ["x0"], "first", **options)]}

    def after(op: str, *extra: str, **options: Any) -> dict[str, Any]:
        return {"after": [helper.make_node(op, ["y0", *extra], ["y"], "last", **options)]}

    def outputs(op: str, *names: str) -> dict[str, Any]:
        return {"after": [helper.make_node(op, list(names), ["y"], "last")]}

    ends = {name: np.array([value]) for name, value in (("from", -1), ("to", -99), ("by", -1))}
    ends["at"] = np.array([0])
    scale = np.full(FEATURES, 2, np.float32)
    index = np.array([1, 0])
    side = [
        helper.make_node("MatMul", ["s", "K"], ["side"], "beside"),
        helper.make_node("Identity", ["y0"], ["y"]),
    ]
    return [
        ("LSTM", model(op="LSTM"), "gru: is a LSTM"),
        ("RNN", model(op="RNN"), "gru: is a RNN"),
        ("reverse", model({"direction": "reverse"}), "gru: direction is reverse"),
        ("bidirectional", model({"direction": "bidirectional"}), "direction is bidirectional"),
        ("clip", model({"clip": 3.0}), "gru: has the attribute clip"),
        (
            "gates",
            model({"activations": ["HardSigmoid", "Tanh"]}),
            "gru: activations are hardsigmoid, tanh, expected Sigmoid and Tanh or Relu",
        ),
        ("candidate", model({"activations": ["Sigmoid", "Affine"]}), "are sigmoid, affine"),
        ("alpha", model({"activation_alpha": [1.0, 1.0]}), "has the attribute activation_alpha"),
        ("sequence_lens", model(sequence_lens=True), "gru: has sequence_lens"),
        ("initial_h given", model(initial_h="input"), "gru: has an initial_h"),
        ("initial_h not zero", model(initial_h="half"), "gru: has an initial_h"),
        ("external data", external, "lies in a file of its own"),
        (
            "scaled input",
            model(**before("Mul", "scale"), extra={"scale": scale}),
            "hint: a scale of the input belongs in network.json",
        ),
        (
            "part of the input",
            model(**before("Gather", "index", axis=2), extra={"index": index}),
            "first: is a Gather of the input",
        ),
        (
            "reordered",
            model(**after("Gather", "index", axis=2), extra={"index": index}),
            "last: is a Gather that reorders",
        ),
        (
            "backwards",
            model(**after("Slice", "from", "to", "at", "by"), extra=ends),
            "last: is a Slice that reorders",
        ),
        (
            "impossible reshape",
            model(**outputs("Reshape", "K", "index"), extra={"index": index}),
            "last: is a Reshape that fails",
        ),
        ("residual", model(**outputs("Add", "y0", "s")), "last: is a Add with 2 inputs that"),
        ("second head", model(after=side), "beside: is a MatMul beside the way"),
        ("norm", model(**after("LpNormalization")), "last: is a LpNormalization"),
        ("softmax over time", model(head="matmul", **after("Softmax", axis=0)), "another axis"),
        ("gemm alpha", model(**_gemm(alpha=0.5)), "last: alpha is 0.5, expected 1.0"),
        ("constant output", model(**outputs("Identity", "K")), "y: is constant"),
        ("sizes", model(**_gemm(rows=9)), "reads 9 values, expected the 7 of 'gru'"),
        ("no gru", model(**outputs("Relu", "x")), "gru: is a GRU beside the way"),
        (
            "wrong hidden size",
            model({}, extra={"R": np.ones((1, 3 * HIDDEN, 6), np.float32)}),
            "expected [1, 18, 5]",
        ),
        (
            "wrong recurrent rows",
            model({}, extra={"R": np.ones((1, 20, HIDDEN), np.float32)}),
            "gru.R: has shape [1, 20, 7], expected [1, 21, 7]",
        ),
    ]


def _gemm(rows: int = 7, **options: Any) -> dict[str, Any]:
    from onnx import helper

    node = helper.make_node("Gemm", ["y1", "M"], ["y"], "last", **options)
    first = helper.make_node("Squeeze", ["y0", "one"], ["y1"])
    matrix = np.ones((rows, 4), np.float32)
    return {"after": [first, node], "extra": {"M": matrix, "one": np.array([0])}}

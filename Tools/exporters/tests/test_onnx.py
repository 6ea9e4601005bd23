"""ONNX models compute the same after export as in onnxruntime and in the standard's own tests."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Agree

onnx = pytest.importorskip("onnx")

from onnx_models import FEATURES, HIDDEN, gru_model  # noqa: E402

import gru_export  # noqa: E402
from gru_export.onnx_reader import from_onnx_file  # noqa: E402


def output(model: Any, values: np.ndarray) -> np.ndarray:
    """Runs a model whose first output is the one to compare."""
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, {session.get_inputs()[0].name: values})[0]


@pytest.mark.parametrize("linear_before_reset", [None, 0, 1])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("activation", [None, "Tanh", "Relu"])
def test_gru(
    agree: Agree,
    inputs: np.ndarray,
    linear_before_reset: int | None,
    bias: bool,
    activation: str | None,
) -> None:
    attributes: dict[str, Any] = {}
    if linear_before_reset is not None:
        attributes["linear_before_reset"] = linear_before_reset
    if activation:
        attributes["activations"] = ["Sigmoid", activation]
    model = gru_model(attributes, bias=bias)
    export = gru_export.from_onnx(model)
    assert export.network()["layers"][0]["reset"] == ("after" if linear_before_reset else "before")
    agree(export, inputs, np.moveaxis(output(model, inputs.swapaxes(0, 1)), 0, 1))


@pytest.mark.parametrize("head", ["gemm", "gemm_transposed", "matmul", "matmul_add"])
@pytest.mark.parametrize("activation", [None, "Relu", "Tanh", "Sigmoid", "Softmax"])
@pytest.mark.parametrize("constants", [False, True])
def test_head(
    agree: Agree, inputs: np.ndarray, head: str, activation: str | None, constants: bool
) -> None:
    model = gru_model({}, head=head, activation=activation, constants=constants)
    expected = output(model, inputs.swapaxes(0, 1))
    if not head.startswith("gemm"):
        expected = np.moveaxis(expected, 0, 1)
    agree(gru_export.from_onnx(model), inputs, expected)


@pytest.mark.parametrize("zero_state", ["initializer", "constant_of_shape"])
def test_zero_initial_state(agree: Agree, inputs: np.ndarray, zero_state: str) -> None:
    model = gru_model({}, initial_h=zero_state)
    agree(
        gru_export.from_onnx(model), inputs, np.moveaxis(output(model, inputs.swapaxes(0, 1)), 0, 1)
    )


def test_layout_1(agree: Agree, inputs: np.ndarray) -> None:
    model = gru_model({"layout": 1, "linear_before_reset": 1})
    # onnxruntime refuses layout 1; the standard's own evaluator runs it.
    [expected] = onnx.reference.ReferenceEvaluator(model).run(None, {"x": inputs})
    agree(gru_export.from_onnx(model), inputs, expected)


def test_embedding(agree: Agree, tokens: np.ndarray) -> None:
    model = gru_model({}, embedding=True)
    expected = np.moveaxis(output(model, tokens.swapaxes(0, 1)), 0, 1)
    agree(gru_export.from_onnx(model), tokens, expected)


@pytest.mark.parametrize("options", ["folded", "unfolded", "dynamic", "dynamo"])
def test_from_pytorch(agree: Agree, inputs: np.ndarray, tmp_path: Path, options: str) -> None:
    torch = pytest.importorskip("torch")

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru = torch.nn.GRU(FEATURES, HIDDEN, num_layers=2, batch_first=True)
            self.fc = torch.nn.Linear(HIDDEN, 4)

        def forward(self, x: Any) -> Any:
            hidden, state = self.gru(x)
            return torch.softmax(self.fc(hidden), -1), state

    torch.manual_seed(3)
    model, path = Model().eval(), tmp_path / "a.onnx"
    settings: dict[str, Any] = {"dynamo": options == "dynamo", "input_names": ["x"]}
    if options == "dynamo":
        pytest.importorskip("onnxscript")
        settings["external_data"] = False
    else:
        settings["do_constant_folding"] = options == "folded"
    if options == "dynamic":
        settings["dynamic_axes"] = {"x": {0: "n", 1: "t"}}
    torch.onnx.export(model, (torch.from_numpy(inputs),), path, **settings)
    with torch.no_grad():
        expected = model(torch.from_numpy(inputs))[0].numpy()
    export = from_onnx_file(path)
    assert [entry.get("reset") for entry in export.network()["layers"]] == ["after", "after", None]
    agree(export, inputs, expected)
    assert len(gru_export.from_onnx(str(path)).layers) == 3


def standard_cases() -> list[Any]:
    """Returns the node tests that the package onnx makes; others of them warn as they are made."""
    from onnx.backend.test.case.node import collect_testcases

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [case for case in collect_testcases("GRU") if case.name.startswith("test_gru")]


CASES = standard_cases()
REFUSED = {
    "test_gru_reverse": "direction is reverse",
    "test_gru_bidirectional": "direction is bidirectional",
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_standard_case(agree: Agree, monkeypatch: pytest.MonkeyPatch, case: Any) -> None:
    """The standard's cases have their weights as inputs: here they become initializers."""
    values, expected = case.data_sets[0]
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    for given, value in list(zip(model.graph.input, values, strict=True))[1:]:
        model.graph.initializer.append(onnx.numpy_helper.from_array(value, given.name))
    del model.graph.input[1:]
    try:
        export = gru_export.from_onnx(model)
    except gru_export.ExportError as error:
        assert case.name in REFUSED, f"{case.name}: {error}"
        assert REFUSED[case.name] in str(error)
        return
    assert case.name not in REFUSED
    attributes = {entry.name: entry.i for entry in model.graph.node[0].attribute}
    batch_first = attributes.get("layout") == 1
    x = values[0] if batch_first else values[0].swapaxes(0, 1)
    last = expected[-1][:, 0] if batch_first else expected[-1][0]
    agree(export, x, last)


def test_standard_cases_are_there() -> None:
    assert len(CASES) >= 6
    assert {case.name for case in CASES} > set(REFUSED)

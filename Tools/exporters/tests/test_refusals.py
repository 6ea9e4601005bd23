"""Every model that cannot be exported faithfully is refused by name, and writes nothing.

A row is a function that makes the model and exports it, and words of the refusal. Rows of a
framework that is not installed are skipped.
"""

import json
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gru_export
from gru_export.cli import read
from gru_export.errors import FrameworkMissingError

Row = tuple[str, Callable[[Path], Any], str]


def torch_rows() -> list[Row]:
    import torch
    from torch import nn

    module = gru_export.from_torch

    def chain(*layers: nn.Module) -> Callable[[Path], Any]:
        return lambda _: module(nn.Sequential(*layers))

    def state(**tensors: tuple[int, ...]) -> Callable[[Path], Any]:
        return lambda _: module(
            {name.replace("__", "."): torch.ones(shape) for name, shape in tensors.items()}
        )

    def file(content: Any) -> Callable[[Path], Any]:
        def make(folder: Path) -> Any:
            torch.save(content, folder / "a.pt")
            return read(folder / "a.pt")

        return make

    def script(folder: Path) -> Any:
        torch.jit.script(nn.Linear(2, 2)).save(folder / "a.pt")
        return read(folder / "a.pt")

    def nan(_: Path) -> Any:
        gru = nn.GRU(5, 7)
        gru.weight_hh_l0.data[2, 3] = float("nan")
        return module(gru)

    class Scaled(nn.GRU):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return super().forward(2 * x)

    class Offset(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.offset = nn.Parameter(torch.zeros(5))
            self.gru = nn.GRU(5, 7)

    class Shifted(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("mean", torch.zeros(5))
            self.gru = nn.GRU(5, 7)

    gru, reads_7 = nn.GRU(5, 7), nn.GRU(7, 7)
    stack = {f"{part}_l{k}": (21, 7) for part in ("weight_ih", "weight_hh") for k in (0, 2)}
    return [
        ("lstm", chain(nn.LSTM(5, 7)), "0: is a LSTM, expected GRU"),
        ("rnn", chain(nn.RNN(5, 7)), "0: is a RNN, expected GRU"),
        ("bidirectional", chain(nn.GRU(5, 7, bidirectional=True)), "0: is bidirectional"),
        ("subclass", chain(Scaled(5, 7)), "0: is a Scaled"),
        ("norm", chain(gru, nn.LayerNorm(7)), "1: is a LayerNorm"),
        ("gelu", chain(gru, nn.Linear(7, 4), nn.GELU()), "2: is a GELU"),
        ("softmax over time", chain(gru, nn.Linear(7, 4), nn.Softmax(1)), "Softmax over dim 1"),
        ("activation after gru", chain(gru, nn.ReLU()), "1: relu follows '0'"),
        ("activation first", chain(nn.ReLU(), gru), "0: relu follows the input"),
        ("two activations", chain(gru, nn.Linear(7, 4), nn.ReLU(), nn.Tanh()), "3: tanh follows"),
        ("softmax within", chain(nn.Linear(5, 7), nn.Softmax(-1), reads_7), "0: has a softmax"),
        ("order", chain(nn.Linear(7, 4), gru), "1: reads 5 values, expected the 4 of '0'"),
        ("late embedding", chain(gru, nn.Embedding(7, 5)), "1: is an embedding"),
        ("max_norm", chain(nn.Embedding(9, 5, max_norm=1.0), gru), "0: has max_norm"),
        ("own parameter", lambda _: module(Offset()), "Offset: has offset of its own"),
        ("own buffer", lambda _: module(Shifted()), "Shifted: has mean of its own"),
        ("no gru", chain(nn.Linear(5, 7)), "holds no GRU layer"),
        ("too many layers", chain(*[reads_7] * 17), "has 17 layers, expected at most 16"),
        ("nan", nan, "1 values that are NaN or infinite, the first at [2, 3]"),
        ("lstm rows", state(a__weight_ih_l0=(28, 5), a__weight_hh_l0=(28, 7)), "an LSTM: 4H rows"),
        ("rnn rows", state(a__weight_ih_l0=(7, 5), a__weight_hh_l0=(7, 7)), "a plain RNN: H rows"),
        (
            "other rows",
            state(weight_ih_l0=(20, 5), weight_hh_l0=(20, 7)),
            "has shape [20, 5], expected [21, 5]",
        ),
        (
            "one bias",
            state(weight_ih_l0=(21, 5), weight_hh_l0=(21, 7), bias_ih_l0=(21,)),
            "expected weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0",
        ),
        ("layer missing", state(**stack), "expected weight_ih_l0, weight_hh_l0, weight_ih_l1"),
        (
            "projection",
            state(weight_ih_l0=(21, 5), weight_hh_l0=(21, 4), weight_hr_l0=(4, 7)),
            "has a projection 'weight_hr_l0'",
        ),
        (
            "reverse",
            state(a__weight_ih_l0_reverse=(21, 5), a__weight_hh_l0=(21, 7)),
            "a: is bidirectional",
        ),
        (
            "embedding or linear",
            state(a__weight=(5, 5), gru__weight_ih_l0=(21, 5), gru__weight_hh_l0=(21, 7)),
            "a: has shape [5, 5], which fits an Embedding and a Linear",
        ),
        ("batch norm", state(a__weight=(7,), a__bias=(7,), a__running_mean=(7,)), "a: has weight"),
        ("torchscript", script, "is a TorchScript archive"),
        ("whole module", file(gru), "holds more than weights or is damaged"),
        ("whole module's recipe", file(gru), "hint:   torch.save(model.state_dict()"),
        ("list", file([1, 2]), "holds a list"),
        ("two state dicts", file({"a": gru.state_dict(), "b": gru.state_dict()}), "2 are state"),
        ("quantized", lambda _: module({"w": torch.ones(2, 2, dtype=torch.int8)}), "has w"),
        (
            "integer weights",
            lambda _: module(
                {
                    "weight_ih_l0": torch.ones(21, 5, dtype=torch.int8),
                    "weight_hh_l0": torch.ones(21, 7, dtype=torch.int8),
                }
            ),
            "holds int8 values",
        ),
    ]


def keras_rows() -> list[Row]:
    pytest.importorskip(os.environ["KERAS_BACKEND"])
    import keras
    from keras import layers

    def chain(*parts: Any, shape: tuple[int, ...] = (12, 5)) -> Callable[[Path], Any]:
        def make(_: Path) -> Any:
            return gru_export.from_keras(keras.Sequential([layers.Input(shape), *parts]))

        return make

    def file(*parts: Any, ending: str = ".keras") -> Callable[[Path], Any]:
        def make(folder: Path) -> Any:
            path = folder / f"a{ending}"
            model = keras.Sequential([layers.Input((12, 5)), *parts])
            model.save_weights(path) if "weights" in ending else model.save(path)
            return read(path)

        return make

    def functional(outputs: Callable[[Any], Any]) -> Callable[[Path], Any]:
        def make(_: Path) -> Any:
            start = keras.Input((12, 5))
            return gru_export.from_keras(keras.Model(start, outputs(start)))

        return make

    def with_state(start: Any) -> Any:
        return layers.GRU(7, name="g")(start, initial_state=layers.GRU(7)(start))

    class Own(keras.Model):
        pass

    def foreign(folder: Path) -> Any:
        path = folder / "a.keras"
        keras.Sequential([layers.Input((12, 5)), layers.GRU(7)]).save(path)
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        config = json.loads(parts["config.json"])
        config["config"]["layers"][1]["config"]["kernel_initializer"]["module"] = "os"
        parts["config.json"] = json.dumps(config).encode()
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in parts.items():
                archive.writestr(name, data)
        return read(path)

    def gru(**options: Any) -> Any:
        return layers.GRU(7, name="g", return_sequences=True, **options)

    dense = layers.Dense(4)
    return [
        ("LSTM", chain(layers.LSTM(7, name="g")), "g: is a LSTM"),
        ("SimpleRNN", chain(layers.SimpleRNN(7, name="g")), "g: is a SimpleRNN"),
        ("RNN", chain(layers.RNN(layers.GRUCell(7), name="g")), "hint: use the layer GRU in place"),
        ("Bidirectional", chain(layers.Bidirectional(gru(), name="g")), "g: is a Bidirectional"),
        ("Masking", chain(layers.Masking(), gru()), "is a Masking"),
        ("BatchNormalization", chain(gru(), layers.BatchNormalization()), "is a BatchNormal"),
        ("Lambda", chain(gru(), layers.Lambda(lambda x: x)), "hint: it holds code"),
        ("nested", chain(keras.Sequential([layers.Input((12, 5)), gru()])), "is a Sequential"),
        (
            "hard_sigmoid",
            chain(gru(recurrent_activation="hard_sigmoid")),
            "g: recurrent_activation is hard_sigmoid, expected sigmoid",
        ),
        ("hard_sigmoid hint", chain(gru(recurrent_activation="hard_sigmoid")), "hint: retrain"),
        ("linear", chain(gru(activation="linear")), "g: activation is linear, expected tanh or"),
        ("custom", chain(gru(activation=lambda x: x)), "g: activation is custom"),
        ("go_backwards", chain(gru(go_backwards=True)), "g: go_backwards is True, expected False"),
        ("elu", chain(gru(), layers.Dense(4, activation="elu", name="d")), "d: activation is elu"),
        ("ReLU6", chain(gru(), dense, layers.ReLU(6.0, name="r")), "r: max_value is 6.0"),
        ("softmax axis", chain(gru(), dense, layers.Softmax(1, name="s")), "s: axis is 1"),
        (
            "mask_zero",
            chain(layers.Embedding(9, 5, mask_zero=True, name="e"), gru(), shape=(12,)),
            "e: mask_zero is True",
        ),
        (
            "TimeDistributed",
            chain(layers.TimeDistributed(layers.LayerNormalization(), name="t"), gru()),
            "t: is a TimeDistributed LayerNormalization",
        ),
        ("late norm", chain(gru(), layers.Normalization(name="n")), "n: is a Normalization, exp"),
        ("inverse", chain(layers.Normalization(invert=True, name="n"), gru()), "n: invert is True"),
        (
            "norm over time",
            chain(layers.Normalization(axis=1, mean=np.zeros(12), variance=np.ones(12)), gru()),
            "has 12 means, expected 5 or one",
        ),
        ("initial state", functional(with_state), "g: has 2 inputs"),
        ("two outputs", functional(lambda x: [layers.GRU(7)(x), layers.GRU(7)(x)]), "2 outputs"),
        ("subclassed", lambda _: gru_export.from_keras(Own()), "is a Own, expected a Sequential"),
        (
            "not built",
            lambda _: gru_export.from_keras(keras.Sequential([layers.GRU(7)])),
            "is not built",
        ),
        ("weights only", file(gru(), ending=".weights.h5"), "weights alone tell neither"),
        ("Lambda in .keras", file(gru(), layers.Lambda(lambda x: x)), "is a Lambda"),
        ("Lambda in .h5", file(gru(), layers.Lambda(lambda x: x), ending=".h5"), "is a Lambda"),
        ("foreign module", foreign, "names the module 'os'"),
    ]


def onnx_rows() -> list[Row]:
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


def linen_rows() -> list[Row]:
    def tree(params: dict[str, Any], **options: Any) -> Callable[[Path], Any]:
        return lambda _: gru_export.from_flax_linen(params, **options)

    matrix = {"kernel": np.ones((7, 7), np.float32)}
    affine = matrix | {"bias": np.ones(7, np.float32)}
    cell = dict.fromkeys(("ir", "iz", "in", "hn"), affine) | dict.fromkeys(("hr", "hz"), matrix)
    small = {"kernel": np.ones((6, 7), np.float32)}
    lstm = dict.fromkeys(("ii", "if", "ig", "io", "hi", "hf", "hg", "ho"), affine)
    return [
        ("lstm", tree({"a": lstm}), "a: looks like the cell LSTM"),
        ("two cells", tree({"a": cell, "b": cell}), "several layers of one kind: a, b"),
        ("unknown name", tree({"a": cell}, layers=["b"]), "holds a, expected b"),
        ("own parameter", tree({"h0": np.ones(7), "a": cell}), "h0: is a parameter of its own"),
        ("wrong shape", tree({"a": cell | {"hr": small}}), "a.hr.kernel: has shape [6, 7]"),
        ("no bias", tree({"a": cell | {"hn": matrix}}), "a: has hn.kernel"),
    ]


def nnx_rows() -> list[Row]:
    import jax
    from flax import nnx

    rngs = nnx.Rngs(0)

    def chain(*parts: Any) -> Callable[[Path], Any]:
        return lambda _: gru_export.from_flax_nnx(nnx.Sequential(*parts))

    def cell(**options: Any) -> Any:
        return nnx.GRUCell(5, 7, rngs=rngs, **options)

    class Learned(nnx.Module):
        def __init__(self) -> None:
            self.h0 = nnx.Param(jax.numpy.zeros(7))
            self.cell = cell()

    return [
        ("lstm", chain(nnx.LSTMCell(5, 7, rngs=rngs)), "layers.0: is LSTMCell"),
        ("reverse", chain(nnx.RNN(cell(), reverse=True, rngs=rngs)), "reverse=True"),
        ("gates", chain(cell(gate_fn=nnx.hard_sigmoid)), "another gate_fn"),
        ("candidate", chain(cell(activation_fn=nnx.gelu)), "another activation_fn"),
        ("gelu", chain(cell(), nnx.Linear(7, 4, rngs=rngs), nnx.gelu), "layers.2: is gelu"),
        ("norm", chain(cell(), nnx.LayerNorm(7, rngs=rngs)), "layers.1: is LayerNorm"),
        ("learned state", lambda _: gru_export.from_flax_nnx(Learned()), "h0: is a parameter"),
    ]


def equinox_rows() -> list[Row]:
    import equinox as eqx
    import jax

    key = jax.random.key(0)

    def chain(*parts: Any) -> Callable[[Path], Any]:
        return lambda _: gru_export.from_equinox(eqx.nn.Sequential(parts))

    class Learned(eqx.Module):
        h0: Any
        cell: Any

    cell, linear = eqx.nn.GRUCell(5, 7, key=key), eqx.nn.Linear(7, 4, key=key)
    learned = Learned(jax.numpy.zeros(7), cell)
    return [
        ("lstm", chain(eqx.nn.LSTMCell(5, 7, key=key)), "layers.0: is LSTMCell"),
        ("norm", chain(cell, eqx.nn.LayerNorm(7)), "layers.1: is LayerNorm"),
        ("gelu", chain(cell, linear, eqx.nn.Lambda(jax.nn.gelu)), "layers.2: is Lambda"),
        ("bare gelu", chain(cell, linear, jax.nn.gelu), "layers.2: is gelu"),
        ("learned state", lambda _: gru_export.from_equinox(learned), "h0: is a parameter"),
    ]


class Opened:
    """Leaves a mark where it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("opened"),))


def file_rows() -> list[Row]:
    def file(name: str, data: bytes) -> Callable[[Path], Any]:
        def make(folder: Path) -> Any:
            (folder / name).write_bytes(data)
            return read(folder / name)

        return make

    html, pointer = b"<!DOCTYPE html><html>", b"version https://git-lfs.github.com/spec/v1\n"
    return [
        ("safetensors", file("a.safetensors", b""), "has the ending '.safetensors', expected one"),
        ("no ending", file("a", b""), "has the ending ''"),
        ("missing", lambda folder: read(folder / "a.pt"), "no such file"),
        ("folder", read, "is no regular file"),
        *[
            (f"{ending} with {what}", file(f"a{ending}", data), words)
            for ending, words in (
                (".pt", "is not unpickled"),
                (".pth", "is not unpickled"),
                (".keras", "tells no layers"),
                (".h5", "tells no layers"),
            )
            for what, data in (("nothing", b""), ("a page", html), ("a pointer", pointer))
        ],
        (".pt with code", file("a.pt", pickle.dumps(Opened())), "is not unpickled"),
        (".onnx with nothing", file("a.onnx", b""), "is no valid ONNX model"),
        (".onnx with a page", file("a.onnx", html), "is no ONNX model"),
        (".onnx with a pointer", file("a.onnx", pointer), "is no ONNX model"),
    ]


MAKERS = {
    "torch": torch_rows,
    "keras": keras_rows,
    "onnx": onnx_rows,
    "linen": linen_rows,
    "nnx": nnx_rows,
    "equinox": equinox_rows,
    "file": file_rows,
}


def parameters() -> list[Any]:
    rows: list[Any] = []
    for framework, make in MAKERS.items():
        try:
            made = make()
        except (ImportError, pytest.skip.Exception) as error:
            reason = pytest.mark.skip(reason=f"{framework} is not installed: {error}")
            rows.append(pytest.param(None, "", id=framework, marks=reason))
        else:
            rows += [pytest.param(run, words, id=f"{framework}: {n}") for n, run, words in made]
    return rows


@pytest.mark.parametrize(("run", "words"), parameters())
def test_refused(run: Callable[[Path], Any], words: str, tmp_path: Path) -> None:
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        with pytest.raises(gru_export.ExportError) as refusal:
            run(tmp_path)
    finally:
        os.chdir(before)
    if isinstance(refusal.value, FrameworkMissingError):
        pytest.skip(str(refusal.value))
    assert words in str(refusal.value)
    assert not (tmp_path / "opened").exists()

"""Keras: models, and files of each kind."""

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gru_export
from gru_export.cli import read
from refusals.row import Row


def rows() -> list[Row]:
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

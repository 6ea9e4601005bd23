"""Keras models compute the same after export, in memory and from both kinds of file."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Agree

pytest.importorskip(os.environ["KERAS_BACKEND"])
keras = pytest.importorskip("keras")
layers = keras.layers

import gru_export  # noqa: E402
from gru_export.keras_reader import from_keras_file  # noqa: E402


def scrambled(model: Any, seed: int = 3) -> Any:
    """Gives every weight random values, biases too: they start as zero."""
    random = np.random.default_rng(seed)
    model.set_weights([random.normal(size=w.shape, scale=0.4) for w in model.get_weights()])
    return model


def sequential(*parts: Any, features: int | None = 5) -> Any:
    shape = (12,) if features is None else (12, features)
    return scrambled(keras.Sequential([layers.Input(shape), *parts]))


def output(model: Any, values: np.ndarray) -> np.ndarray:
    return keras.ops.convert_to_numpy(model(values, training=False))


@pytest.mark.parametrize("reset_after", [True, False])
@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_gru(
    agree: Agree, inputs: np.ndarray, reset_after: bool, use_bias: bool, activation: str
) -> None:
    gru = layers.GRU(
        7,
        reset_after=reset_after,
        use_bias=use_bias,
        activation=activation,
        return_sequences=True,
        dropout=0.1,
        recurrent_dropout=0.1,
    )
    model = sequential(gru, layers.Dense(4, activation="softmax"))
    agree(gru_export.from_keras(model), inputs, output(model, inputs))


def everything() -> Any:
    """Uses every layer that is exported from reals."""
    return sequential(
        layers.Dropout(0.2),
        layers.Dense(6, use_bias=False),
        layers.Activation("tanh"),
        layers.GRU(7, return_sequences=True),
        layers.GaussianNoise(0.1),
        layers.GRU(6, reset_after=False, return_sequences=True),
        layers.TimeDistributed(layers.Dense(5, activation="sigmoid")),
        layers.TimeDistributed(layers.Dropout(0.5)),
        layers.Dense(6),
        layers.ReLU(),
        layers.Dense(4, activation="linear"),
        layers.Softmax(),
    )


def test_every_layer(agree: Agree, inputs: np.ndarray) -> None:
    model = everything()
    agree(gru_export.from_keras(model), inputs, output(model, inputs))


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_file(agree: Agree, inputs: np.ndarray, tmp_path: Path, ending: str) -> None:
    model = everything()
    path = tmp_path / f"a{ending}"
    model.save(path)
    agree(from_keras_file(path), inputs, output(model, inputs))


def test_last_step_only(agree: Agree, inputs: np.ndarray) -> None:
    model = sequential(layers.GRU(7), layers.Dense(4))
    agree(gru_export.from_keras(model), inputs, output(model, inputs))


def test_embedding(agree: Agree, tokens: np.ndarray) -> None:
    model = sequential(layers.Embedding(9, 5), layers.GRU(7, return_sequences=True), features=None)
    agree(gru_export.from_keras(model), tokens, output(model, tokens))


def test_functional_chain(agree: Agree, inputs: np.ndarray, tmp_path: Path) -> None:
    start = keras.Input((12, 5))
    hidden, _state = layers.GRU(7, return_sequences=True, return_state=True)(start)
    model = scrambled(keras.Model(start, layers.Dense(4)(layers.GRU(6)(hidden))))
    agree(gru_export.from_keras(model), inputs, output(model, inputs))
    model.save(tmp_path / "a.keras")
    agree(from_keras_file(tmp_path / "a.keras"), inputs, output(model, inputs))


@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_normalization(
    agree: Agree, inputs: np.ndarray, tmp_path: Path, given: bool, ending: str
) -> None:
    raw = inputs * np.float32([9, 1, 1e-5, 2, 3]) + np.float32([5, -3, 0, 1, 100])
    norm = layers.Normalization(mean=2.0, variance=9.0) if given else layers.Normalization()
    model = keras.Sequential([layers.Input((12, 5)), norm, layers.GRU(7), layers.Dense(4)])
    if not given:
        norm.adapt(raw)
    agree(gru_export.from_keras(model), raw, output(model, raw))
    model.save(tmp_path / f"a{ending}")
    agree(from_keras_file(tmp_path / f"a{ending}"), raw, output(model, raw))

"""Equinox models compute the same after export."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from conftest import Agree

jax = pytest.importorskip("jax")
eqx = pytest.importorskip("equinox")

import gru_export  # noqa: E402


class Tagger(eqx.Module):
    """An optional embedding, a GRU and a head."""

    embedding: Any
    cells: list[Any]
    head: Any
    activation: Callable[..., Any]

    def __init__(self, embed: bool = False, use_bias: bool = True) -> None:
        keys = jax.random.split(jax.random.key(3), 5)
        self.embedding = eqx.nn.Embedding(9, 5, key=keys[0]) if embed else eqx.nn.Identity()
        self.cells = [
            eqx.nn.GRUCell(5, 7, use_bias=use_bias, key=keys[1]),
            eqx.nn.GRUCell(7, 6, use_bias=use_bias, key=keys[2]),
        ]
        self.head = eqx.nn.Sequential(
            [
                eqx.nn.Linear(6, 5, key=keys[3]),
                eqx.nn.Lambda(jax.nn.relu),
                eqx.nn.Dropout(0.5, inference=True),
                eqx.nn.Linear(5, 4, use_bias=use_bias, key=keys[4]),
            ]
        )
        self.activation = jax.nn.softmax

    def __call__(self, sequence: Any) -> Any:
        """Takes (T, 5) or (T), returns (T, 4)."""
        values = jax.vmap(self.embedding)(sequence)
        for cell in self.cells:
            state, states = jax.numpy.zeros(cell.hidden_size), []
            for value in values:
                state = cell(value, state)
                states.append(state)
            values = jax.numpy.stack(states)
        return self.activation(jax.vmap(self.head)(values), axis=-1)


@pytest.mark.parametrize("use_bias", [True, False])
def test_reals(agree: Agree, inputs: np.ndarray, use_bias: bool) -> None:
    model = Tagger(use_bias=use_bias)
    agree(gru_export.from_equinox(model), inputs, np.asarray(jax.vmap(model)(inputs)))


def test_tokens(agree: Agree, tokens: np.ndarray) -> None:
    model = Tagger(embed=True)
    agree(gru_export.from_equinox(model), tokens, np.asarray(jax.vmap(model)(tokens)))


def test_one_cell_needs_no_note() -> None:
    export = gru_export.from_equinox(eqx.nn.GRUCell(5, 7, key=jax.random.key(0)))
    assert export.notes == ()
    assert export.network()["layers"][0]["layout"] == "equinox"

"""Equinox: modules."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gru_export
from refusals.row import Row


def rows() -> list[Row]:
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

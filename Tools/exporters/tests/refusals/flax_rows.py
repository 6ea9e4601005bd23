"""Flax: Linen's parameters and NNX modules."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import gru_export
from refusals.row import Row


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

"""Flax models, linen and nnx, compute the same after export."""

from typing import Any

import numpy as np
import pytest
from conftest import Agree

jax = pytest.importorskip("jax")
pytest.importorskip("flax")
from flax import linen, nnx  # noqa: E402

import gru_export  # noqa: E402


def scrambled(tree: Any) -> Any:
    """Gives every weight random values, biases too: they start as zero."""
    random = np.random.default_rng(3)
    return jax.tree.map(
        lambda leaf: jax.numpy.asarray(random.normal(size=leaf.shape, scale=0.4), leaf.dtype), tree
    )


class LinenTagger(linen.Module):
    """An optional embedding, a GRU and a dense layer."""

    embed: bool = False
    activation: Any = linen.tanh

    @linen.compact
    def __call__(self, x: Any) -> Any:
        x = linen.Embed(9, 5)(x) if self.embed else x
        x = linen.RNN(linen.GRUCell(7, activation_fn=self.activation))(x)
        return linen.Dense(4)(x)


class LinenTower(linen.Module):
    """Several layers of each kind, named so that the alphabet is no guide."""

    @linen.compact
    def __call__(self, x: Any) -> Any:
        x = linen.relu(linen.Dense(6, name="z_first")(x))
        x = linen.RNN(linen.GRUCell(7, name="y_cell"))(x)
        x = linen.RNN(linen.GRUCell(7, name="x_cell"))(x)
        return linen.softmax(linen.Dense(4, use_bias=False, name="a_last")(x))


def linen_output(model: Any, values: np.ndarray) -> tuple[Any, np.ndarray]:
    variables = scrambled(model.init(jax.random.key(0), values))
    return variables, np.asarray(model.apply(variables, values))


@pytest.mark.parametrize("candidate", ["tanh", "relu"])
def test_linen(agree: Agree, inputs: np.ndarray, candidate: Any) -> None:
    activation = {"tanh": linen.tanh, "relu": linen.relu}[candidate]
    variables, expected = linen_output(LinenTagger(activation=activation), inputs)
    agree(gru_export.from_flax_linen(variables, candidate=candidate), inputs, expected)
    agree(gru_export.from_flax_linen(variables["params"], candidate=candidate), inputs, expected)


def test_linen_embedding(agree: Agree, tokens: np.ndarray) -> None:
    variables, expected = linen_output(LinenTagger(embed=True), tokens)
    agree(gru_export.from_flax_linen(variables), tokens, expected)


def test_linen_order(agree: Agree, inputs: np.ndarray) -> None:
    variables, expected = linen_output(LinenTower(), inputs)
    export = gru_export.from_flax_linen(variables, layers=["z_first", "y_cell", "x_cell", "a_last"])
    export = export.with_activation("z_first", "relu").with_activation("a_last", "softmax")
    agree(export, inputs, expected)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_linen_other_precisions_are_exact(dtype: str) -> None:
    variables = LinenTagger().init(jax.random.key(0), np.zeros((1, 2, 5), np.float32))
    half = jax.tree.map(lambda leaf: leaf.astype(dtype), variables)
    export = gru_export.from_flax_linen(half)
    stored = next(v for k, v in export.tensors().items() if k.endswith("hn.kernel"))
    given = next(
        leaf
        for path, leaf in jax.tree.leaves_with_path(half)
        if "'hn'" in jax.tree_util.keystr(path) and "kernel" in jax.tree_util.keystr(path)
    )
    assert stored.dtype == np.float32
    np.testing.assert_array_equal(stored, np.asarray(given, np.float32))


class NnxTagger(nnx.Module):
    """A GRU and a head."""

    def __init__(self, rngs: nnx.Rngs, embed: bool = False, **options: Any) -> None:
        if embed:
            self.embed = nnx.Embed(9, 5, rngs=rngs)
        self.rnn = nnx.RNN(nnx.GRUCell(5, 7, rngs=rngs, **options), rngs=rngs)
        self.drop = nnx.Dropout(0.5, rngs=rngs, deterministic=True)
        self.head = nnx.Sequential(
            nnx.Linear(7, 6, rngs=rngs), nnx.relu, nnx.Linear(6, 4, use_bias=False, rngs=rngs)
        )
        nnx.update(self, scrambled(nnx.state(self, nnx.Param)))

    def __call__(self, x: Any) -> Any:
        x = self.embed(x) if hasattr(self, "embed") else x
        return self.head(self.drop(self.rnn(x)))


@pytest.mark.parametrize("options", [{}, {"activation_fn": nnx.relu}])
def test_nnx(agree: Agree, inputs: np.ndarray, options: dict[str, Any]) -> None:
    model = NnxTagger(nnx.Rngs(0), **options)
    agree(gru_export.from_flax_nnx(model), inputs, np.asarray(model(inputs)))


def test_nnx_embedding(agree: Agree, tokens: np.ndarray) -> None:
    model = NnxTagger(nnx.Rngs(0), embed=True)
    agree(gru_export.from_flax_nnx(model), tokens, np.asarray(model(tokens)))


def test_nnx_list(agree: Agree, inputs: np.ndarray) -> None:
    class Stack(nnx.Module):
        def __init__(self, rngs: nnx.Rngs) -> None:
            self.cells = nnx.List([nnx.GRUCell(5, 7, rngs=rngs), nnx.GRUCell(7, 4, rngs=rngs)])
            nnx.update(self, scrambled(nnx.state(self, nnx.Param)))

    model = Stack(nnx.Rngs(0))
    expected = nnx.RNN(model.cells[1])(nnx.RNN(model.cells[0])(inputs))
    agree(gru_export.from_flax_nnx(model), inputs, np.asarray(expected))

"""Flax linen: a tree of parameters, which tells neither order nor activations."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .errors import ExportError
from .export import Export
from .layers import GRU, Candidate, Dense, Embedding, Layer, expect_shape, matrix_shape, real

GRU_PARTS = {"ir", "iz", "in", "hr", "hz", "hn"}
# The parts of other cells, by which they are known.
OTHER_CELLS = {
    "LSTM": {"ii", "if", "hf"},
    "MGUCell": {"if", "in", "hf", "hn"},
    "SimpleCell": {"i", "h"},
}
NOTE = (
    "the parameters of linen tell no activations: gates are taken as sigmoid and dense layers as "
    "linear; set others with Export.with_activation, and compare outputs"
)


def from_flax_linen(
    params: Mapping[str, Any],
    layers: Sequence[str] | None = None,
    candidate: Candidate = "tanh",
) -> Export:
    """Reads the variables or parameters of a linen model.

    JAX sorts the names of a tree, so `layers` gives the order of the data, such as
    ["Embed_0", "RNN_0.cell", "Dense_0"]. It may be left out where there is one GRU and at most
    one embedding and one dense layer, which then come before and after it.
    """
    found = {layer.name: layer for layer in _find(params.get("params", params), (), candidate)}
    if layers is None:
        layers = _only_order(list(found.values()))
    if sorted(layers) != sorted(found):
        raise ExportError(
            "", f"holds {', '.join(sorted(found))}, expected {', '.join(sorted(layers))}"
        )
    return Export(tuple(found[name] for name in layers), notes=(NOTE,))


def _only_order(found: list[Layer]) -> list[str]:
    order: list[str] = []
    for kind in (Embedding, GRU, Dense):
        names = [layer.name for layer in found if isinstance(layer, kind)]
        if len(names) > 1:
            raise ExportError(
                "",
                f"holds several layers of one kind: {', '.join(names)}; expected their order",
                'from_flax_linen(params, layers=["first", "second"])',
            )
        order += names
    return order


def _find(tree: Mapping[str, Any], path: tuple[str, ...], candidate: Candidate) -> Iterator[Layer]:
    name, keys = ".".join(path), set(tree)
    if keys == GRU_PARTS:
        yield _gru(name, tree, candidate)
    elif keys in ({"kernel"}, {"kernel", "bias"}):
        bias = real(f"{name}.bias", tree["bias"]) if "bias" in keys else None
        yield Dense.of_kernel(name, real(f"{name}.kernel", tree["kernel"]), bias)
    elif keys == {"embedding"}:
        yield Embedding.of(name, real(f"{name}.embedding", tree["embedding"]))
    else:
        for other, parts in OTHER_CELLS.items():
            if parts <= keys:
                raise ExportError(name, f"looks like the cell {other}, expected a GRUCell")
        for key, child in tree.items():
            if not isinstance(child, Mapping):
                raise ExportError(
                    f"{name}.{key}".lstrip("."),
                    "is a parameter of its own, expected those of GRUCell, Dense and Embed",
                )
            yield from _find(child, (*path, key), candidate)


def _gru(name: str, tree: Mapping[str, Any], candidate: Candidate) -> GRU:
    """Writes ir, iz, in (I, H) with bias (H); hr, hz (H, H); hn (H, H) with bias (H)."""
    tensors = {
        f"{part}.{leaf}": real(f"{name}.{part}.{leaf}", value)
        for part, leaves in sorted(tree.items())
        for leaf, value in sorted(leaves.items())
    }
    with_bias = {f"{part}.bias" for part in ("ir", "iz", "in", "hn")}
    expected = {f"{part}.kernel" for part in GRU_PARTS} | with_bias
    if set(tensors) != expected:
        raise ExportError(name, f"has {', '.join(tensors)}, expected {', '.join(sorted(expected))}")
    inputs, hidden = matrix_shape(f"{name}.ir.kernel", tensors["ir.kernel"])
    for suffix, tensor in tensors.items():
        rows = inputs if suffix.startswith("i") else hidden
        shape = (hidden,) if suffix.endswith("bias") else (rows, hidden)
        expect_shape(f"{name}.{suffix}", tensor, shape)
    return GRU(
        name=name,
        tensors=tensors,
        inputs=inputs,
        outputs=hidden,
        layout="flax_linen",
        candidate=candidate,
    )

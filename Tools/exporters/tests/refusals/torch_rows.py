"""PyTorch: modules, state dicts and files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gru_export
from gru_export.cli import read
from refusals.row import Row


def rows() -> list[Row]:
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

"""PyTorch modules, state dicts and files compute the same after export."""

from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
from conftest import Agree

torch = pytest.importorskip("torch")
nn = torch.nn

import gru_export  # noqa: E402
from gru_export.torch_reader import from_torch_file  # noqa: E402


class Tagger(nn.Module):
    """A GRU stack with a small head."""

    def __init__(self, **options: object) -> None:
        super().__init__()
        self.gru = nn.GRU(5, 7, batch_first=True, **options)
        self.head = nn.Sequential(
            nn.Dropout(0.5), nn.Linear(7, 6), nn.ReLU(), nn.Linear(6, 4), nn.Softmax(-1)
        )

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return self.head(self.gru(values)[0])


class Reader(nn.Module):
    """Tokens in, logits out."""

    def __init__(self, bias: bool = True) -> None:
        super().__init__()
        self.embedding = nn.Embedding(9, 5)
        self.gru = nn.GRU(5, 7, batch_first=True)
        self.fc = nn.Linear(7, 4, bias=bias)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.fc(self.gru(self.embedding(tokens))[0])


def output(module: nn.Module, values: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return module.eval()(torch.from_numpy(values)).numpy()


@pytest.mark.parametrize("options", [{}, {"num_layers": 3, "dropout": 0.2}, {"bias": False}])
def test_module(agree: Agree, inputs: np.ndarray, options: dict[str, object]) -> None:
    torch.manual_seed(3)
    module = Tagger(**options)
    agree(gru_export.from_torch(module), inputs, output(module, inputs))


@pytest.mark.parametrize("bias", [True, False])
def test_cell(agree: Agree, inputs: np.ndarray, bias: bool) -> None:
    torch.manual_seed(4)
    cell = nn.GRUCell(5, 7, bias=bias)
    state, states = None, []
    with torch.no_grad():
        for step in range(inputs.shape[1]):
            state = cell(torch.from_numpy(inputs[:, step]), state)
            states.append(state.numpy())
    agree(gru_export.from_torch(cell), inputs, np.stack(states, axis=1))
    agree(gru_export.from_torch(cell.state_dict()), inputs, np.stack(states, axis=1))


@pytest.mark.parametrize("bias", [True, False])
def test_embedding(agree: Agree, tokens: np.ndarray, bias: bool) -> None:
    torch.manual_seed(5)
    module = Reader(bias)
    agree(gru_export.from_torch(module), tokens, output(module, tokens))
    agree(gru_export.from_torch(module.state_dict()), tokens, output(module, tokens))


def test_first_linear_without_bias_is_no_embedding(agree: Agree, inputs: np.ndarray) -> None:
    torch.manual_seed(6)
    first, gru = nn.Linear(5, 6, bias=False), nn.GRU(6, 7, batch_first=True)
    with torch.no_grad():
        expected = gru(first(torch.from_numpy(inputs)))[0].numpy()
    weights = nn.ModuleDict({"first": first, "gru": gru}).state_dict()
    agree(gru_export.from_torch(weights), inputs, expected)


@pytest.mark.parametrize("key", [None, "state_dict", "model"])
@pytest.mark.parametrize("old_form", [False, True])
def test_file(
    agree: Agree, inputs: np.ndarray, tmp_path: Path, key: str | None, old_form: bool
) -> None:
    torch.manual_seed(7)
    module = Tagger()
    module.head = nn.Sequential(nn.Linear(7, 4))
    state = module.state_dict()
    content = {"epoch": 3, key: state, "optimizer": {"state": {}}} if key else state
    torch.save(content, tmp_path / "a.pt", _use_new_zipfile_serialization=not old_form)
    agree(from_torch_file(tmp_path / "a.pt"), inputs, output(module, inputs))


def test_activation_that_is_used_twice_is_exported_twice(agree: Agree, inputs: np.ndarray) -> None:
    torch.manual_seed(8)
    module, act = Tagger(), nn.Tanh()
    module.head = nn.Sequential(nn.Linear(7, 6), act, nn.Linear(6, 4), act)
    agree(gru_export.from_torch(module), inputs, output(module, inputs))


def test_activation_given_by_hand(agree: Agree, inputs: np.ndarray) -> None:
    torch.manual_seed(9)
    module = Tagger()
    export = gru_export.from_torch(module.state_dict())
    assert [note for note in export.notes if "with_activation" in note]
    export = export.with_activation("head.1", "relu").with_activation("head.3", "softmax")
    agree(export, inputs, output(module, inputs))
    with pytest.raises(gru_export.ExportError, match=r"head.2: is no dense layer"):
        export.with_activation("head.2", "relu")


def test_parametrized_weights_are_the_effective_ones(agree: Agree, inputs: np.ndarray) -> None:
    torch.manual_seed(10)
    module = Tagger()
    for layer in (module.head[1], module.head[3]):
        nn.utils.parametrizations.weight_norm(layer)
    module.head[1].parametrizations.weight.original0.data *= 2
    agree(gru_export.from_torch(module), inputs, output(module, inputs))


@pytest.mark.parametrize("kind", ["float64", "float16", "bfloat16"])
def test_other_precisions_are_exact(agree: Agree, inputs: np.ndarray, kind: str) -> None:
    torch.manual_seed(11)
    module = Tagger().to(getattr(torch, kind))
    export = gru_export.from_torch(module)
    stored = {"float64": np.float64}.get(kind, np.float32)
    assert {tensor.dtype for tensor in export.tensors().values()} == {np.dtype(stored)}
    agree(export, inputs, output(module.double(), inputs.astype(np.float64)))


def test_names_are_safe_and_differ(agree: Agree, inputs: np.ndarray) -> None:
    torch.manual_seed(12)
    gru, fc = nn.GRU(5, 7, batch_first=True), nn.Linear(7, 7)
    with torch.no_grad():
        expected = fc(gru(torch.from_numpy(inputs))[0]).numpy()
    weights = OrderedDict()
    for name, module in (("*/ü\n", gru), ("?", fc)):
        weights |= {f"{name}.{part}": tensor for part, tensor in module.state_dict().items()}
    export = gru_export.from_torch(weights)
    assert [layer.name for layer in export.layers] == ["gru", "dense"]
    agree(export, inputs, expected)
    twice = gru_export.Export((*export.layers, export.layers[1]))
    assert [layer.name for layer in twice.layers] == ["gru", "dense", "dense_2"]

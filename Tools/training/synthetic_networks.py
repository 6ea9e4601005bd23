"""Trains small GRUs on synthetic tasks, in sets that differ in what was done with them.

    python3 -m venv .venv
    .venv/bin/pip install -r Tools/training/requirements.txt
    .venv/bin/python Tools/training/synthetic_networks.py .build-networks
    .venv/bin/python Tools/training/synthetic_networks.py .build-networks --set test
    Tools/accuracy .build-networks/test

Rounding was developed by looking at the results on the set "development". Each of the others was
trained when nothing was to be changed any more; where its results led to a change all the same, the
next set was made, of other random numbers, sizes, cells and signals. "seventh" was measured once, after
the last change.

Writes one folder for each set, and in it one for each network, with model.safetensors,
network.json, calibration.npy and, from other random numbers, inputs.npy. Prints each network's mean
squared error beside that of a constant answer.
"""

import argparse
import json
import pathlib
from collections.abc import Callable

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

from signals import GOALS, SIGNALS
from synthetic_sets import SETS, Task

STEPS = 80
SEQUENCES = 400
BATCH = 32
LEARNING_RATE = 5e-3
INPUT_SEQUENCES = 60


class Cell(nn.Module):
    """A GRU of any kind, with PyTorch's names; a candidate that reads r ⊙ h has one bias."""

    def __init__(
        self, inputs: int, hidden: int, reset: str,
        candidate: Callable[[torch.Tensor], torch.Tensor],
    ) -> None:
        super().__init__()
        self.resets_before = reset == "before"
        self.candidate = candidate
        bound = hidden**-0.5
        self.weight_ih_l0 = nn.Parameter(torch.empty(3 * hidden, inputs).uniform_(-bound, bound))
        self.weight_hh_l0 = nn.Parameter(torch.empty(3 * hidden, hidden).uniform_(-bound, bound))
        self.bias_ih_l0 = nn.Parameter(torch.zeros(3 * hidden))
        self.bias_hh_l0 = nn.Parameter(
            torch.zeros(3 * hidden), requires_grad=not self.resets_before
        )

    def forward(self, inputs: torch.Tensor) -> tuple[torch.Tensor, None]:
        gates, candidate = self.weight_hh_l0.tensor_split([2 * self.weight_hh_l0.shape[1]])
        gate_bias, candidate_bias = self.bias_hh_l0.tensor_split([len(gates)])
        h = inputs.new_zeros(len(inputs), self.weight_hh_l0.shape[1])
        states = []
        sums = inputs @ self.weight_ih_l0.T + self.bias_ih_l0
        for sum_now in sums.unbind(1):
            r, z, n = sum_now.chunk(3, -1)
            r_sum, z_sum = (h @ gates.T + gate_bias).chunk(2, -1)
            r, z = torch.sigmoid(r + r_sum), torch.sigmoid(z + z_sum)
            if self.resets_before:
                n = n + (r * h) @ candidate.T
            else:
                n = n + r * (h @ candidate.T + candidate_bias)
            h = (1 - z) * self.candidate(n) + z * h
            states.append(h)
        return torch.stack(states, 1), None


class Model(nn.Module):
    """A stack of cells and a dense layer."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        sizes = [task.inputs, *task.hidden]
        self.cells = nn.ModuleList(
            nn.GRU(inputs, hidden, batch_first=True)
            if task.reset == "after" and task.candidate == "tanh"
            else Cell(inputs, hidden, task.reset, getattr(torch, task.candidate))
            for inputs, hidden in zip(sizes, sizes[1:])
        )
        if not task.has_bias:
            for name, parameter in self.cells.named_parameters():
                if "bias" in name:
                    nn.init.zeros_(parameter).requires_grad_(False)
        self.fc = nn.Linear(sizes[-1], task.outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for cell in self.cells:
            x, _ = cell(x)
        return self.fc(x)


def train(task: Task, x: torch.Tensor, y: torch.Tensor) -> Model:
    model = Model(task)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    for _ in range(task.iterations):
        batch = torch.randint(len(x), (BATCH,))
        loss = (model(x[batch]) - y[batch]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    constant = (y - y.mean((0, 1))).square().mean()
    print(f"{task.name}: mean squared error {loss.item():.4f}, of a constant {constant:.4f}")
    return model


def write(task: Task, model: Model, folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    save_file(model.state_dict(), folder / "model.safetensors")
    layers = [{"kind": "onehot", "size": task.inputs}] if task.reads_tokens else []
    layers += [
        {
            "kind": "gru", "tensors": f"cells.{index}", "reset": task.reset,
            "candidate": task.candidate,
        }
        for index in range(len(task.hidden))
    ]
    layers += [{"kind": "dense", "tensors": "fc", "activation": "none"}]
    (folder / "network.json").write_text(json.dumps({"format": 1, "layers": layers}, indent=1))


def make(task: Task, seed: int, folder: pathlib.Path) -> None:
    """Trains one network and writes it with its data."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)

    def signal(count: int, steps: int) -> np.ndarray:
        return SIGNALS[task.signal](seed, random, count, steps, task.inputs).astype(np.float32)

    x = signal(SEQUENCES, STEPS)
    y = GOALS[task.goal](x[:, :, : task.outputs]).astype(np.float32)
    write(task, train(task, torch.from_numpy(x), torch.from_numpy(y)), folder)
    for name, count in (
        ("calibration", task.calibration_steps // STEPS),
        ("inputs", INPUT_SEQUENCES),
    ):
        data = signal(1, count * STEPS)[0] if task.is_stream else signal(count, STEPS)
        np.save(folder / f"{name}.npy", data.argmax(-1) if task.reads_tokens else data)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument(
        "--set", action="append", choices=SETS, dest="sets",
        help="may be repeated; all unless given",
    )
    arguments = parser.parse_args()
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    for name in arguments.sets or SETS:
        for task in SETS[name].tasks:
            make(task, SETS[name].seed, arguments.output / name / task.name)


if __name__ == "__main__":
    main()

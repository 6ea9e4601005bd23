"""Trains small GRUs on synthetic tasks: networks that nothing in the project was fitted to.

    python3 -m venv .venv
    .venv/bin/pip install -r Tools/training/requirements.txt
    .venv/bin/python Tools/training/synthetic_networks.py .build-networks
    Tools/accuracy .build-networks

Writes one folder for each network, with model.safetensors, network.json, calibration.npy and, from
other random numbers, inputs.npy. Takes about two minutes. Prints each network's mean squared error
beside that of a constant answer.
"""

import argparse
import dataclasses
import json
import pathlib

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

SEED = 1
STEPS = 80
SEQUENCES = 400
BATCH = 32
LEARNING_RATE = 5e-3
DELAY = 5
CALIBRATION_STEPS = 2400
INPUT_SEQUENCES = 60


@dataclasses.dataclass
class Task:
    """What to learn, from what, and with which network."""

    name: str
    inputs: int
    hidden: int
    outputs: int
    reset: str  # "after" or "before"
    goal: str  # a key of GOALS
    signal: str  # a key of SIGNALS
    iterations: int = 400
    calibration_steps: int = CALIBRATION_STEPS
    is_stream: bool = False  # whether calibration and inputs are one long sequence each


TASKS = [
    Task("sum6x24", 6, 24, 4, "after", "sum", "smooth"),
    Task("predict12x40", 12, 40, 4, "after", "predict", "smooth"),
    Task("stream3x20", 3, 20, 3, "after", "delay", "smooth", is_stream=True),
    Task("bursts16x64", 16, 64, 4, "after", "sum", "bursts", iterations=300),
    Task("white8x32", 8, 32, 4, "after", "delay", "white"),
    Task("maximum4x16", 4, 16, 4, "before", "maximum", "smooth"),
    Task("delay10x48", 10, 48, 4, "before", "delay", "smooth"),
    # Barely trained, on inputs that are nearly white: little for rounding to make use of.
    Task(
        "chaos64x128", 64, 128, 8, "after", "predict", "chaos", iterations=80,
        calibration_steps=10_000,
    ),
]


def smooth(random: np.random.Generator, count: int, steps: int, width: int) -> np.ndarray:
    """Slow oscillations and a first-order process that runs through all features."""
    mixing = np.random.default_rng(SEED).normal(size=(width, width)) * 0.8 / np.sqrt(width)
    phase = random.uniform(0, 2 * np.pi, (count, width))
    frequency = random.uniform(0.05, 0.8, (count, width))
    state = random.normal(size=(count, width))
    result = np.zeros((count, steps, width))
    for step in range(steps):
        state = np.tanh(state @ mixing) + 0.3 * random.normal(size=(count, width))
        result[:, step] = state + 0.7 * np.sin(frequency * step + phase)
    return result


def chaos(random: np.random.Generator, count: int, steps: int, width: int) -> np.ndarray:
    """A random network that drives itself: no two features go together for long."""
    mixing = np.random.default_rng(SEED).normal(size=(width, width)) * 2.9 / np.sqrt(width)
    state = random.normal(size=(count, width))
    result = np.zeros((count, steps, width))
    for step in range(steps):
        state = np.tanh(state @ mixing) + 0.3 * random.normal(size=(count, width))
        result[:, step] = state
    return result


def white(random: np.random.Generator, count: int, steps: int, width: int) -> np.ndarray:
    """Independent values."""
    return random.normal(size=(count, steps, width))


def bursts(random: np.random.Generator, count: int, steps: int, width: int) -> np.ndarray:
    """Few events on few features, of unequal size, that fade."""
    events = random.exponential(size=(count, steps, width)) * np.geomspace(0.3, 3, width)
    events *= random.random((count, steps, width)) < 0.1
    for step in range(1, steps):
        events[:, step] += 0.8 * events[:, step - 1]
    return events


SIGNALS = {"smooth": smooth, "chaos": chaos, "white": white, "bursts": bursts}


def shifted(x: np.ndarray, steps: int) -> np.ndarray:
    """x, `steps` later, or earlier where negative; zeros fill the gap."""
    result = np.zeros_like(x)
    if steps > 0:
        result[:, steps:] = x[:, :-steps]
    else:
        result[:, :steps] = x[:, -steps:]
    return result


GOALS = {
    "sum": lambda x: np.cumsum(x, axis=1) / 10,
    "maximum": lambda x: np.maximum.accumulate(x, axis=1) / 3,
    "delay": lambda x: shifted(x, DELAY),
    "predict": lambda x: shifted(x, -1),
}


class ResetBefore(nn.Module):
    """A GRU whose candidate reads r ⊙ h, with PyTorch's names and one bias."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        bound = hidden**-0.5
        self.weight_ih_l0 = nn.Parameter(torch.empty(3 * hidden, inputs).uniform_(-bound, bound))
        self.weight_hh_l0 = nn.Parameter(torch.empty(3 * hidden, hidden).uniform_(-bound, bound))
        self.bias_ih_l0 = nn.Parameter(torch.zeros(3 * hidden))
        self.register_buffer("bias_hh_l0", torch.zeros(3 * hidden))

    def forward(self, inputs: torch.Tensor) -> tuple[torch.Tensor, None]:
        gates, candidate = self.weight_hh_l0.tensor_split([2 * self.weight_hh_l0.shape[1]])
        h = inputs.new_zeros(len(inputs), self.weight_hh_l0.shape[1])
        states = []
        sums = inputs @ self.weight_ih_l0.T + self.bias_ih_l0
        for sum_now in sums.unbind(1):
            r, z, n = sum_now.chunk(3, -1)
            r_sum, z_sum = (h @ gates.T).chunk(2, -1)
            r, z = torch.sigmoid(r + r_sum), torch.sigmoid(z + z_sum)
            h = (1 - z) * torch.tanh(n + (r * h) @ candidate.T) + z * h
            states.append(h)
        return torch.stack(states, 1), None


def train(task: Task, x: torch.Tensor, y: torch.Tensor) -> tuple[nn.Module, nn.Linear]:
    cell = (
        ResetBefore(task.inputs, task.hidden)
        if task.reset == "before"
        else nn.GRU(task.inputs, task.hidden, batch_first=True)
    )
    head = nn.Linear(task.hidden, task.outputs)
    parameters = [*cell.parameters(), *head.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=LEARNING_RATE)
    for _ in range(task.iterations):
        batch = torch.randint(len(x), (BATCH,))
        loss = (head(cell(x[batch])[0]) - y[batch]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
    constant = (y - y.mean((0, 1))).square().mean()
    print(f"{task.name}: mean squared error {loss.item():.4f}, of a constant {constant:.4f}")
    return cell, head


def write(task: Task, cell: nn.Module, head: nn.Linear, folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"gru.{name}": tensor for name, tensor in cell.state_dict().items()}
    tensors |= {f"fc.{name}": tensor for name, tensor in head.state_dict().items()}
    save_file(tensors, folder / "model.safetensors")
    layers = [
        {"kind": "gru", "tensors": "gru", "reset": task.reset, "candidate": "tanh"},
        {"kind": "dense", "tensors": "fc", "activation": "none"},
    ]
    (folder / "network.json").write_text(json.dumps({"format": 1, "layers": layers}, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=pathlib.Path)
    output: pathlib.Path = parser.parse_args().output
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)

    for task in TASKS:
        torch.manual_seed(SEED)
        random = np.random.default_rng(SEED)
        signal = SIGNALS[task.signal]
        x = signal(random, SEQUENCES, STEPS, task.inputs).astype(np.float32)
        y = GOALS[task.goal](x[:, :, : task.outputs]).astype(np.float32)
        cell, head = train(task, torch.from_numpy(x), torch.from_numpy(y))
        write(task, cell, head, output / task.name)
        for name, count in (
            ("calibration", task.calibration_steps // STEPS),
            ("inputs", INPUT_SEQUENCES),
        ):
            shape = (1, count * STEPS) if task.is_stream else (count, STEPS)
            data = signal(random, *shape, task.inputs).astype(np.float32)
            np.save(output / task.name / f"{name}.npy", data[0] if task.is_stream else data)


if __name__ == "__main__":
    main()

"""Trains small GRUs on synthetic tasks, in sets that differ in what was done with them.

    python3 -m venv .venv
    .venv/bin/pip install -r Tools/training/requirements.txt
    .venv/bin/python Tools/training/synthetic_networks.py .build-networks
    .venv/bin/python Tools/training/synthetic_networks.py .build-networks --set test
    Tools/accuracy .build-networks/test

Rounding was developed by looking at the results on the set "development". The other sets have other
random numbers, sizes and kinds of cells. Nothing was chosen by "test" and "fresh" either, but their
results were known when the damping was made to fit the data; "unseen" was trained and measured once
after that, with the rounding finished, and has signals of its own.

Writes one folder for each set, and in it one for each network, with model.safetensors,
network.json, calibration.npy and, from other random numbers, inputs.npy. Prints each network's mean
squared error beside that of a constant answer.
"""

import argparse
import dataclasses
import json
import pathlib
from collections.abc import Callable

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

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
    hidden: list[int]  # of each cell of the stack
    outputs: int
    reset: str  # "after" or "before"
    goal: str  # a key of GOALS
    signal: str  # a key of SIGNALS
    candidate: str = "tanh"  # or "relu"
    iterations: int = 400
    calibration_steps: int = CALIBRATION_STEPS
    is_stream: bool = False  # whether calibration and inputs are one long sequence each
    has_bias: bool = True  # of the cells; otherwise theirs are zero

    @property
    def reads_tokens(self) -> bool:
        return self.signal == "tokens"


@dataclasses.dataclass
class Set:
    """Networks that share a seed."""

    seed: int
    tasks: list[Task]


SETS = {
    "development": Set(1, [
        Task("sum6x24", 6, [24], 4, "after", "sum", "smooth"),
        Task("predict12x40", 12, [40], 4, "after", "predict", "smooth"),
        Task("stream3x20", 3, [20], 3, "after", "delay", "smooth", is_stream=True),
        Task("bursts16x64", 16, [64], 4, "after", "sum", "bursts", iterations=300),
        Task("white8x32", 8, [32], 4, "after", "delay", "white"),
        Task("maximum4x16", 4, [16], 4, "before", "maximum", "smooth"),
        Task("delay10x48", 10, [48], 4, "before", "delay", "smooth"),
        # Barely trained, on inputs that are nearly white: little for rounding to make use of.
        Task(
            "chaos64x128", 64, [128], 8, "after", "predict", "chaos", iterations=80,
            calibration_steps=10_000,
        ),
        # Little calibration data for what has to be known from it.
        Task("short9x30", 9, [30], 3, "after", "sum", "smooth", calibration_steps=480),
        Task("short5x26relu", 5, [26], 3, "before", "maximum", "smooth", candidate="relu",
             calibration_steps=960),
        Task("maximum8x32relu", 8, [32], 4, "after", "maximum", "smooth", candidate="relu"),
        Task("delay6x28relu", 6, [28], 4, "before", "delay", "smooth", candidate="relu"),
        Task("stack7x20x28", 7, [20, 28], 3, "after", "predict", "smooth"),
        Task("tokens16x32", 16, [32], 4, "before", "delay", "tokens"),
    ]),
    "test": Set(2, [
        Task("stream4x18", 4, [18], 4, "after", "delay", "smooth", is_stream=True),
        Task("predict9x56", 9, [56], 3, "before", "predict", "smooth"),
        Task("maximum7x28relu", 7, [28], 4, "before", "maximum", "smooth", candidate="relu"),
        Task("delay10x20relu", 10, [20], 4, "after", "delay", "smooth", candidate="relu"),
        Task("tokens20x40", 20, [40], 4, "after", "delay", "tokens"),
        Task("stack6x24x16", 6, [24, 16], 4, "after", "sum", "smooth"),
        Task("stack8x20x20", 8, [20, 20], 4, "before", "delay", "bursts"),
        Task("bursts12x36", 12, [36], 4, "before", "sum", "bursts"),
        Task("white12x30", 12, [30], 4, "after", "delay", "white"),
        Task("chaos32x64", 32, [64], 4, "before", "predict", "chaos", iterations=150),
    ]),
    "fresh": Set(3, [
        Task(
            "white64x128", 64, [128], 8, "after", "delay", "white", iterations=80,
            calibration_steps=10_000,
        ),
        Task("chaos24x96", 24, [96], 6, "after", "predict", "chaos", iterations=150),
        Task("bursts20x32", 20, [32], 4, "after", "delay", "bursts"),
        Task("delay5x12", 5, [12], 3, "before", "delay", "smooth"),
        Task("maximum6x34relu", 6, [34], 4, "before", "maximum", "smooth", candidate="relu"),
        Task("maximum9x20", 9, [20], 5, "after", "maximum", "smooth"),
        Task("predict2x10", 2, [10], 2, "after", "predict", "smooth"),
        Task("short4x22", 4, [22], 2, "before", "sum", "smooth", calibration_steps=320),
        Task("short12x44", 12, [44], 4, "after", "predict", "smooth", calibration_steps=800),
        Task("stack5x16x32", 5, [16, 32], 3, "before", "sum", "smooth"),
        Task("stack10x28x12relu", 10, [28, 12], 4, "after", "delay", "smooth", candidate="relu"),
        Task("stream6x26", 6, [26], 4, "before", "sum", "smooth", is_stream=True),
        Task("sum3x72", 3, [72], 3, "after", "sum", "smooth"),
        Task("tokens12x24", 12, [24], 4, "after", "delay", "tokens"),
    ]),
    "unseen": Set(4, [
        Task("keywords20x48", 20, [48], 6, "after", "level", "spectra"),
        Task("keywords13x36", 13, [36], 4, "before", "level", "spectra", is_stream=True),
        Task("voice24x32relu", 24, [32], 8, "before", "delay", "spectra", candidate="relu"),
        Task("sensor6x20", 6, [20], 3, "after", "level", "sensor", is_stream=True),
        Task("sensor3x12", 3, [12], 3, "before", "sum", "sensor", calibration_steps=640),
        Task("sensor9x40nobias", 9, [40], 3, "after", "delay", "sensor", has_bias=False),
        Task("forecast1x16", 1, [16], 1, "after", "predict", "seasons"),
        Task("forecast4x32", 4, [32], 4, "before", "predict", "seasons", is_stream=True),
        Task("forecast7x28relu", 7, [28], 7, "after", "predict", "seasons", candidate="relu"),
        Task("bytes256x40", 256, [40], 8, "after", "delay", "tokens"),
        Task("peak5x30relu", 5, [30], 4, "before", "maximum", "smooth", candidate="relu"),
        Task("stack8x32x24", 8, [32, 24], 4, "after", "level", "sensor"),
        Task("stack12x24x24x16", 12, [24, 24, 16], 4, "before", "delay", "spectra"),
        Task("events10x26", 10, [26], 4, "after", "maximum", "bursts"),
        Task("noise6x18nobias", 6, [18], 3, "before", "delay", "white", has_bias=False),
        Task("large40x96", 40, [96], 8, "after", "predict", "spectra", iterations=200),
    ]),
}


def mixing(seed: int, width: int, strength: float) -> np.ndarray:
    """How the features of a signal drive each other: the same in all of its sequences."""
    return np.random.default_rng(seed).normal(size=(width, width)) * strength / np.sqrt(width)


def smooth(
    seed: int, random: np.random.Generator, count: int, steps: int, width: int
) -> np.ndarray:
    """Slow oscillations and a first-order process that runs through all features."""
    matrix = mixing(seed, width, 0.8)
    phase = random.uniform(0, 2 * np.pi, (count, width))
    frequency = random.uniform(0.05, 0.8, (count, width))
    state = random.normal(size=(count, width))
    result = np.zeros((count, steps, width))
    for step in range(steps):
        state = np.tanh(state @ matrix) + 0.3 * random.normal(size=(count, width))
        result[:, step] = state + 0.7 * np.sin(frequency * step + phase)
    return result


def chaos(
    seed: int, random: np.random.Generator, count: int, steps: int, width: int
) -> np.ndarray:
    """A random network that drives itself: no two features go together for long."""
    matrix = mixing(seed, width, 2.9)
    state = random.normal(size=(count, width))
    result = np.zeros((count, steps, width))
    for step in range(steps):
        state = np.tanh(state @ matrix) + 0.3 * random.normal(size=(count, width))
        result[:, step] = state
    return result


def white(
    seed: int, random: np.random.Generator, count: int, steps: int, width: int
) -> np.ndarray:
    """Independent values."""
    return random.normal(size=(count, steps, width))


def bursts(
    seed: int, random: np.random.Generator, count: int, steps: int, width: int
) -> np.ndarray:
    """Few events on few features, of unequal size, that fade."""
    events = random.exponential(size=(count, steps, width)) * np.geomspace(0.3, 3, width)
    events *= random.random((count, steps, width)) < 0.1
    for step in range(1, steps):
        events[:, step] += 0.8 * events[:, step - 1]
    return events


def tokens(
    seed: int, random: np.random.Generator, count: int, steps: int, width: int
) -> np.ndarray:
    """One-hot tokens, each drawn by the one before."""
    chances = np.exp(mixing(seed, width, 2 * np.sqrt(width)))
    limits = np.cumsum(chances / chances.sum(1, keepdims=True), 1)
    token = random.integers(width, size=count)
    result = np.zeros((count, steps, width))
    for step in range(steps):
        result[np.arange(count), step, token] = 1
        drawn = random.random((count, 1))
        token = np.minimum((limits[token] < drawn).sum(1), width - 1)
    return result


def spectra(
    seed: int, random: np.random.Generator, count: int, steps: int, width: int
) -> np.ndarray:
    """Logarithms of a filter bank's energies: two gliding formants, voiced now and then, in noise."""
    bands = np.arange(width)
    centre = random.uniform(0, width, (count, 2))
    is_voiced = random.random(count) < 0.5
    result = np.zeros((count, steps, width))
    for step in range(steps):
        centre = np.clip(centre + random.normal(size=(count, 2)) * 0.04 * width, 0, width - 1)
        is_voiced ^= random.random(count) < 0.08
        formants = np.exp(-(((bands - centre[:, :, None]) / (0.1 * width + 0.5)) ** 2)).sum(1)
        energy = 0.05 * random.exponential(size=(count, width)) + formants * is_voiced[:, None]
        result[:, step] = np.log(energy + 1e-3) / 3 + 1
    return result


def sensor(
    seed: int, random: np.random.Generator, count: int, steps: int, width: int
) -> np.ndarray:
    """Axes of one movement that starts and stops, with offsets, in units of unequal size."""
    axes = np.random.default_rng(seed).normal(size=(2, width))
    units = np.geomspace(0.5, 2, width)
    offset = 0.5 * random.normal(size=(count, width))
    phase = random.uniform(0, 2 * np.pi, count)
    frequency = random.uniform(0.1, 0.9, count)
    strength, target = np.zeros(count), np.ones(count)
    result = np.zeros((count, steps, width))
    for step in range(steps):
        target = np.where(random.random(count) < 0.05, random.uniform(0, 2, count), target)
        strength += 0.2 * (target - strength)
        phase += frequency
        movement = np.stack([np.sin(phase), np.cos(2 * phase)], 1) * strength[:, None]
        noise = 0.1 * random.normal(size=(count, width))
        result[:, step] = (movement @ axes + offset + noise) * units
    return result


def seasons(
    seed: int, random: np.random.Generator, count: int, steps: int, width: int
) -> np.ndarray:
    """Series of two periods, with a wandering level."""
    time = np.arange(steps) + random.integers(0, 168, (count, 1))
    day = np.sin(2 * np.pi * time / 24)[:, :, None]
    week = np.sin(2 * np.pi * time / 168)[:, :, None]
    shares = np.random.default_rng(seed).uniform(0.2, 1, (2, width))
    level = 0.95 ** np.arange(60)
    walk = random.normal(size=(count, steps + len(level), width)) * 0.1
    drift = np.apply_along_axis(lambda x: np.convolve(x, level, "valid")[:steps], 1, walk)
    return day * shares[0] + week * shares[1] + drift


SIGNALS = {
    "smooth": smooth, "chaos": chaos, "white": white, "bursts": bursts, "tokens": tokens,
    "spectra": spectra, "sensor": sensor, "seasons": seasons,
}


def shifted(x: np.ndarray, steps: int) -> np.ndarray:
    """x, `steps` later, or earlier where negative; zeros fill the gap."""
    result = np.zeros_like(x)
    if steps > 0:
        result[:, steps:] = x[:, :-steps]
    else:
        result[:, :steps] = x[:, -steps:]
    return result


def level(x: np.ndarray) -> np.ndarray:
    """The magnitude, forgotten slowly."""
    result = np.zeros_like(x)
    for step in range(1, x.shape[1]):
        result[:, step] = 0.9 * result[:, step - 1] + 0.1 * np.abs(x[:, step])
    return result


GOALS = {
    "sum": lambda x: np.cumsum(x, axis=1) / 10,
    "maximum": lambda x: np.maximum.accumulate(x, axis=1) / 3,
    "level": level,
    "delay": lambda x: shifted(x, DELAY),
    "predict": lambda x: shifted(x, -1),
}


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
        "--set", action="append", choices=SETS, dest="sets", help="may be repeated; all unless given"
    )
    arguments = parser.parse_args()
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    for name in arguments.sets or SETS:
        for task in SETS[name].tasks:
            make(task, SETS[name].seed, arguments.output / name / task.name)


if __name__ == "__main__":
    main()

"""Trains the bundled example that streams: a GRU that tells from a watch what its wearer does.

    python3 -m venv .venv
    .venv/bin/pip install -r Tools/training/requirements.txt
    .venv/bin/python Tools/training/activity.py OUTPUT_FOLDER

Writes model.safetensors, network.json, the names of the activities, calibration and test data in
m/s² and rad/s, how many of these a raw integer stands for, and what the float model computes on the
test data in float64. Takes half a minute. Ends with an error if fewer than 85 % of the test steps
are known.
"""

import argparse
import json
import pathlib

import aeon.datasets
import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

SEED = 5
HIDDEN = 16
ACTIVITIES = ["standing", "walking", "running", "badminton"]
AXES = 3
# What a firmware would read: acceleration in mm/s², and the gyroscope's counts, of which every
# value in the data is a whole multiple.
INPUT_SCALE = [1e-3] * AXES + [2.6633725e-3] * AXES
UPDATES = 800
BATCH = 16
WINDOW = 150
SHORTEST_PIECE = 30
LEARNING_RATE = 1e-2
WEIGHT_DECAY = 1e-3
INPUT_NOISE = 0.1
GAIN_NOISE = 0.1
REQUIRED_ACCURACY = 0.85
SETTLED = 20  # steps after which a new activity should be known
GOLDEN_STREAMS = 1


class Watch(nn.Module):
    """(N, T, 6) standardised features -> (N, T, 4) logits of what is done at each step."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(2 * AXES, HIDDEN, batch_first=True)
        self.fc = nn.Linear(HIDDEN, len(ACTIVITIES))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        hidden, _ = self.gru(inputs)
        return self.fc(hidden)


def load(split: str) -> tuple[np.ndarray, np.ndarray]:
    """(N, 100, 6) recordings of 10 s: m/s² and rad/s, each on three axes; (N) activities."""
    data, names = aeon.datasets.load_basic_motions(split=split)
    labels = [ACTIVITIES.index(name.lower()) for name in names]
    return data.transpose(0, 2, 1), np.array(labels, dtype=np.int8)


def joined(
    recordings: np.ndarray, labels: np.ndarray, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """(N, 800, 6) streams and (N, 800) labels: every activity once, in any order, then once more.

    Each recording is used once.
    """
    activities = range(len(ACTIVITIES))
    # (activity, recordings of it) -> (rounds, one recording of each activity)
    rounds = np.stack([random.permutation(np.flatnonzero(labels == a)) for a in activities]).T
    order = random.permuted(rounds, axis=1).reshape(-1, 2 * len(ACTIVITIES))
    streams = recordings[order].reshape(len(order), -1, 2 * AXES)
    return streams.astype(np.float32), np.repeat(labels[order], recordings.shape[1], axis=1)


def window(
    recordings: np.ndarray, labels: np.ndarray, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Pieces of random recordings, one after the other, with their labels."""
    inputs, classes, steps = [], [], 0
    while steps < WINDOW:
        index = random.integers(len(recordings))
        length = random.integers(SHORTEST_PIECE, recordings.shape[1])
        start = random.integers(recordings.shape[1] - length)
        inputs.append(recordings[index, start : start + length])
        classes.append(np.full(length, labels[index]))
        steps += length
    return np.concatenate(inputs)[:WINDOW], np.concatenate(classes)[:WINDOW]


def train(recordings: np.ndarray, labels: np.ndarray) -> Watch:
    """Learns from windows in which the activity changes; noise makes up for the few recordings."""
    torch.manual_seed(SEED)
    random = np.random.default_rng(SEED)
    model = Watch()
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, UPDATES)
    for _ in range(UPDATES):
        windows, classes = zip(*(window(recordings, labels, random) for _ in range(BATCH)))
        x = torch.from_numpy(np.stack(windows)).float()
        y = torch.from_numpy(np.stack(classes)).long()
        x = x * (1 + GAIN_NOISE * torch.randn(BATCH, 1, 2 * AXES))
        x = x + INPUT_NOISE * torch.randn_like(x)
        loss = nn.functional.cross_entropy(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return model.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=pathlib.Path)
    folder: pathlib.Path = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)

    train_recordings, train_labels = load("train")
    test_recordings, test_labels = load("test")
    # As the description has them, so that nothing is lost on the way.
    mean = train_recordings.mean(axis=(0, 1)).round(6)
    deviation = train_recordings.std(axis=(0, 1)).round(6)

    model = train((train_recordings - mean) / deviation, train_labels)
    save_file(model.state_dict(), folder / "model.safetensors")
    network = {
        "format": 1,
        "input": {"mean": mean.tolist(), "std": deviation.tolist()},
        "layers": [
            {"kind": "gru", "tensors": "gru", "reset": "after", "candidate": "tanh"},
            {"kind": "dense", "tensors": "fc", "activation": "softmax"},
        ],
    }
    (folder / "network.json").write_text(json.dumps(network, indent=1))
    (folder / "classes.json").write_text(json.dumps(ACTIVITIES))
    np.save(folder / "input_scale.npy", np.array(INPUT_SCALE))

    random = np.random.default_rng(SEED)
    calibration, _ = joined(train_recordings, train_labels, random)
    inputs, labels = joined(test_recordings, test_labels, random)
    np.save(folder / "calibration.npy", calibration[::2])
    np.save(folder / "inputs.npy", inputs)
    np.save(folder / "labels.npy", labels)

    model.double()
    with torch.no_grad():
        x = torch.from_numpy((inputs.astype(np.float64) - mean) / deviation)
        hidden, _ = model.gru(x[:GOLDEN_STREAMS])
        outputs = model(x)
    np.save(folder / "hidden.npy", hidden.numpy().astype(np.float32))
    np.save(folder / "outputs.npy", outputs.numpy().astype(np.float32))

    known = outputs.argmax(dim=2).numpy() == labels
    settled = np.arange(known.shape[1]) % test_recordings.shape[1] >= SETTLED
    print(
        f"{known.mean():.1%} of {known.size} test steps known, "
        f"{known[:, settled].mean():.1%} from {SETTLED} steps after each change on"
    )
    if known.mean() < REQUIRED_ACCURACY:
        raise SystemExit(f"expected at least {REQUIRED_ACCURACY:.0%}")


if __name__ == "__main__":
    main()

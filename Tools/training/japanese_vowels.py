"""Trains the bundled example: a GRU that tells nine speakers by how they say two vowels.

    python3 -m venv .venv
    .venv/bin/pip install -r Tools/training/requirements.txt
    .venv/bin/python Tools/training/japanese_vowels.py OUTPUT_FOLDER

Writes model.safetensors, network.json, calibration and test data, and what the float model computes
on the test data in float64. Ends with an error if fewer than 95 % of the test utterances are known.
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
HIDDEN = 32
SPEAKERS = 9
EPOCHS = 120
BATCH = 30
LEARNING_RATE = 4e-3
WEIGHT_DECAY = 1e-3
INPUT_NOISE = 0.2
REQUIRED_ACCURACY = 0.95
GOLDEN_SEQUENCES = 100


class Speaker(nn.Module):
    """(N, T, 12) features -> (N, 9) logits at each utterance's last frame."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.gru = nn.GRU(features, HIDDEN, batch_first=True)
        self.fc = nn.Linear(HIDDEN, SPEAKERS)

    def forward(self, inputs: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        hidden, _ = self.gru(inputs)
        last = hidden[torch.arange(len(inputs)), lengths - 1]
        return self.fc(last)


def load(split: str) -> tuple[list[np.ndarray], np.ndarray]:
    """Utterances as (T, 12) arrays, and speakers from 0 to 8."""
    data, labels = aeon.datasets.load_japanese_vowels(split=split)
    return [utterance.T.astype(np.float64) for utterance in data], labels.astype(np.int32) - 1


def pad(utterances: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """(N, T, 12) with zeros after each utterance's end, and (N) lengths."""
    lengths = np.array([len(u) for u in utterances], dtype=np.int32)
    padded = np.zeros((len(utterances), lengths.max(), utterances[0].shape[1]), dtype=np.float32)
    for row, utterance in zip(padded, utterances):
        row[: len(utterance)] = utterance
    return padded, lengths


def train(inputs: np.ndarray, lengths: np.ndarray, labels: np.ndarray) -> Speaker:
    torch.manual_seed(SEED)
    model = Speaker(inputs.shape[2])
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
    x = torch.from_numpy(inputs)
    n = torch.from_numpy(lengths).long()
    y = torch.from_numpy(labels).long()
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(x)).split(BATCH):
            noisy = x[batch] + INPUT_NOISE * torch.randn_like(x[batch])
            loss = nn.functional.cross_entropy(model(noisy, n[batch]), y[batch])
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

    train_utterances, train_labels = load("train")
    test_utterances, test_labels = load("test")
    frames = np.concatenate(train_utterances)
    mean, deviation = frames.mean(axis=0), frames.std(axis=0)
    train_utterances = [(u - mean) / deviation for u in train_utterances]
    test_utterances = [(u - mean) / deviation for u in test_utterances]
    train_inputs, train_lengths = pad(train_utterances)
    test_inputs, test_lengths = pad(test_utterances)

    model = train(train_inputs, train_lengths, train_labels)
    save_file(model.state_dict(), folder / "model.safetensors")
    layers = [
        {"kind": "gru", "tensors": "gru", "reset": "after", "candidate": "tanh"},
        {"kind": "dense", "tensors": "fc", "activation": "none"},
    ]
    (folder / "network.json").write_text(json.dumps({"format": 1, "layers": layers}, indent=1))

    calibration, calibration_lengths = pad(train_utterances[::4])
    np.save(folder / "calibration.npy", calibration)
    np.save(folder / "calibration_lengths.npy", calibration_lengths)
    np.save(folder / "inputs.npy", test_inputs)
    np.save(folder / "lengths.npy", test_lengths)
    np.save(folder / "labels.npy", test_labels)

    model.double()
    with torch.no_grad():
        x = torch.from_numpy(test_inputs).double()
        hidden, _ = model.gru(x[:GOLDEN_SEQUENCES])
        outputs = model(x, torch.from_numpy(test_lengths).long())
    np.save(folder / "hidden.npy", hidden.numpy().astype(np.float32))
    np.save(folder / "outputs.npy", outputs.numpy().astype(np.float32))

    accuracy = float((outputs.argmax(dim=1).numpy() == test_labels).mean())
    print(f"{accuracy:.1%} of {len(test_labels)} test utterances known")
    if accuracy < REQUIRED_ACCURACY:
        raise SystemExit(f"expected at least {REQUIRED_ACCURACY:.0%}")


if __name__ == "__main__":
    main()

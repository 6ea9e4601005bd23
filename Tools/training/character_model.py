"""Trains the bundled example: a GRU that recites a short text, character by character.

    python3 -m venv .venv
    .venv/bin/pip install -r Tools/training/requirements.txt
    apt-get install bible-kjv
    bible -f gen1:1-19 | cut -d ' ' -f 2- > genesis.txt
    .venv/bin/python Tools/training/character_model.py genesis.txt OUTPUT_FOLDER

Any plain text of 1,000 to 4,096 characters will do: it is put in lower case, and what isn't a
letter from a to z, a space, a newline or one of , . : ; is left out. Takes about three minutes.
Writes model.safetensors, network.json, the vocabulary, the text as calibration data, and what the
float model recites in float64. Ends with an error if that isn't the text's first 1,000 characters
or if one of them wins narrowly.
"""

import argparse
import json
import pathlib

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

SEED = 5
HIDDEN = 64
VOCABULARY = "\n ,.:;abcdefghijklmnopqrstuvwxyz"
STEPS = 5000
WINDOW = 192
BATCH = 16
LEARNING_RATE = 8e-3
WEIGHT_DECAY = 1e-3
WEIGHT_NOISE = 0.05  # deviation, as a fraction of each tensor's root mean square
STATE_NOISE = 0.05
STATE_REFRESH = 10  # steps between two runs over the whole text
SEED_CHARACTERS = 8
GOLDEN_CHARACTERS = 1000
LONGEST_TEXT = 4096
REQUIRED_GAP = 3.0


class Reciter(nn.Module):
    """(N, T, V) one-hot characters and (1, N, H) states -> (N, T, V) logits of the next ones."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(len(VOCABULARY), HIDDEN, batch_first=True)
        self.fc = nn.Linear(HIDDEN, len(VOCABULARY))

    def forward(self, inputs: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
        hidden, _ = self.gru(inputs, state)
        return self.fc(hidden)


def load(path: pathlib.Path) -> np.ndarray:
    """The text as (T) tokens."""
    text = path.read_text(encoding="utf-8").lower()
    tokens = [VOCABULARY.index(character) for character in text if character in VOCABULARY]
    if not GOLDEN_CHARACTERS <= len(tokens) <= LONGEST_TEXT:
        raise SystemExit(f"{len(tokens)} characters are too few or too many")
    return np.array(tokens, dtype=np.int32)


def one_hot(tokens: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    return nn.functional.one_hot(tokens, len(VOCABULARY)).to(dtype)


def train(tokens: np.ndarray) -> Reciter:
    """Learns from windows of the text, which starts again at its end.

    A window's first state comes from a recent run over the whole text, and noise on it and on the
    weights leaves room for the errors of a fixed-point network.
    """
    torch.manual_seed(SEED)
    model = Reciter()
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, LEARNING_RATE, total_steps=STEPS, pct_start=0.1
    )
    text = torch.from_numpy(tokens).long()
    twice = torch.cat([text, text])
    x = one_hot(twice, torch.float32)
    window = torch.arange(WINDOW)
    for step in range(STEPS):
        if step % STATE_REFRESH == 0:
            with torch.no_grad():
                hidden, _ = model.gru(x[None])
            states = torch.cat([torch.zeros(1, HIDDEN), hidden[0]])
        # The first window begins the text; the others near there come after the text's end.
        starts = torch.randint(len(text), (BATCH,))
        starts[1:] += len(text) * (starts[1:] < WINDOW)
        starts[0] = 0
        state = states[starts] + STATE_NOISE * torch.randn(BATCH, HIDDEN)
        state[0] = 0
        places = (starts[:, None] + window) % len(text)

        clean = [p.detach().clone() for p in model.parameters()]
        with torch.no_grad():
            for p in model.parameters():
                p += WEIGHT_NOISE * p.square().mean().sqrt() * torch.randn_like(p)
        logits = model(x[places], state[None])
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), twice[places + 1].flatten())
        optimizer.zero_grad()
        loss.backward()
        with torch.no_grad():
            for p, value in zip(model.parameters(), clean):
                p.copy_(value)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return model.eval()


@torch.no_grad()
def recite(
    model: Reciter, seed: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`count` tokens, seed first, then each the likeliest after the last; states; logits."""
    dtype = model.fc.weight.dtype
    tokens = [int(token) for token in seed]
    state = torch.zeros(1, 1, HIDDEN, dtype=dtype)
    states, logits = [], []
    for t in range(count):
        _, state = model.gru(one_hot(torch.tensor([[tokens[t]]]), dtype), state)
        states.append(state[0, 0].numpy())
        logits.append(model.fc(state[0, 0]).numpy())
        if t + 1 == len(tokens):
            tokens.append(int(logits[t].argmax()))
    return np.array(tokens[:count], dtype=np.int32), np.array(states), np.array(logits)


def rounded(model: Reciter, bits: int) -> Reciter:
    """A copy whose weight matrices are rounded to `bits` bits, with one scale each."""
    copy = Reciter().to(model.fc.weight.dtype)
    copy.load_state_dict(model.state_dict())
    with torch.no_grad():
        for p in copy.parameters():
            if p.dim() == 2:
                scale = p.abs().max() / (2 ** (bits - 1) - 1)
                p.copy_((p / scale).round() * scale)
    return copy


def agreeing(a: np.ndarray, b: np.ndarray) -> int:
    """How many tokens are equal before the first that isn't."""
    different = np.flatnonzero(a != b)
    return int(different[0]) if len(different) else len(a)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    arguments = parser.parse_args()
    folder: pathlib.Path = arguments.output
    folder.mkdir(parents=True, exist_ok=True)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)

    text = load(arguments.text)
    model = train(text)
    save_file(model.state_dict(), folder / "model.safetensors")
    layers = [
        {"kind": "onehot", "size": len(VOCABULARY)},
        {
            "kind": "gru",
            "tensors": "gru",
            "layout": "pytorch",
            "reset": "after",
            "candidate": "tanh",
            "update": "keeps",
        },
        {"kind": "dense", "tensors": "fc", "activation": "softmax"},
    ]
    (folder / "network.json").write_text(json.dumps({"format": 1, "layers": layers}, indent=1))
    (folder / "vocabulary.json").write_text(json.dumps(list(VOCABULARY)))
    np.save(folder / "calibration.npy", text)

    model.double()
    seed = text[:SEED_CHARACTERS]
    inputs, hidden, outputs = recite(model, seed, GOLDEN_CHARACTERS)
    np.save(folder / "inputs.npy", inputs)
    np.save(folder / "hidden.npy", hidden.astype(np.float32))
    np.save(folder / "outputs.npy", outputs.astype(np.float32))

    with torch.no_grad():
        x = one_hot(torch.from_numpy(text).long(), torch.float64)[None]
        logits = model(x, torch.zeros(1, 1, HIDDEN, dtype=torch.float64))[0].numpy()
    accuracy = float((logits.argmax(axis=1) == np.roll(text, -1)).mean())
    print(f"{accuracy:.2%} of {len(text)} next characters known")

    thrice = np.tile(text, 3)
    recited, _, _ = recite(model, seed, len(thrice))
    print(f"{agreeing(recited, thrice)} of {len(thrice)} characters recited, the text three times")
    for bits in (8, 6, 5):
        coarse, _, _ = recite(rounded(model, bits), seed, GOLDEN_CHARACTERS)
        equal = agreeing(coarse, inputs)
        print(f"{equal} of {len(inputs)} characters with weights of {bits} bits")

    top = np.sort(outputs[SEED_CHARACTERS - 1 :], axis=1)
    gaps = top[:, -1] - top[:, -2]
    print(
        f"logit gaps: least {gaps.min():.2f}, 1 % {np.quantile(gaps, 0.01):.2f}, "
        f"median {np.median(gaps):.2f}"
    )
    if agreeing(inputs, text[:GOLDEN_CHARACTERS]) < GOLDEN_CHARACTERS:
        raise SystemExit(f"expected the text's first {GOLDEN_CHARACTERS} characters")
    if gaps.min() < REQUIRED_GAP:
        raise SystemExit(f"expected a gap of at least {REQUIRED_GAP}")


if __name__ == "__main__":
    main()

"""What the synthetic networks read, and what they learn from it.

A signal is count sequences of steps of width features; what all of its sequences share comes from
the seed alone.
"""

import numpy as np

DELAY = 5


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
    """Logarithms of a filter bank's energies: two gliding formants, at times voiced, in noise."""
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

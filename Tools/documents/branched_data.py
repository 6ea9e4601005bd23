"""Writes what the page about cells reads beside RNNoise's weights: x.npy, features for its first
piece, and dvx_units.npy, what a unit of each input of the second piece is worth."""

import pathlib
import random
import sys
from array import array

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from firmware.networks import npy

STEPS, FEATURES = 500, 42
generator = random.Random(1)
features = array("f", (generator.uniform(-1, 1) for _ in range(STEPS * FEATURES)))
pathlib.Path("x.npy").write_bytes(npy((STEPS, FEATURES), features))
units = array("f", [2**-15] * 24 + [2**-11] * 24 + [2**-13] * FEATURES)
pathlib.Path("dvx_units.npy").write_bytes(npy((len(units),), units))

"""Makes one small model for each framework, exported, with data and the framework's own outputs.

    python3 Tools/exporters/tests/make_models.py OUT_FOLDER

Each folder holds model.safetensors, network.json, calibration.npy and inputs.npy (6, 40, 5),
outputs.npy (6, 40, 4) as the framework computes them, and labels.npy (6, 40), their argmax.
A framework that is not installed is named and left out.
"""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import numpy as np

import gru_export
from gru_export import Export

SEED = 11
SEQUENCES, STEPS, FEATURES, HIDDEN, OUTPUTS = 6, 40, 5, 12, 4
WEIGHT_SCALE = 0.4

Maker = Callable[[np.ndarray], tuple[Export, np.ndarray]]


def weights(shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    """Returns seeded weights, biases too: frameworks start those at zero."""
    return random.normal(size=shape, scale=WEIGHT_SCALE).astype(np.float32)


def torch_model(inputs: np.ndarray) -> tuple[Export, np.ndarray]:
    """A GRU and a Linear."""
    import torch

    random = np.random.default_rng(SEED)
    gru = torch.nn.GRU(FEATURES, HIDDEN, batch_first=True)
    fc = torch.nn.Linear(HIDDEN, OUTPUTS)
    model = torch.nn.ModuleDict({"gru": gru, "fc": fc})
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.from_numpy(weights(tuple(parameter.shape), random)))
        outputs = fc(gru(torch.from_numpy(inputs))[0]).numpy()
    return gru_export.from_torch(model), outputs


def keras_model(reset_after: bool) -> Maker:
    """A GRU of either reset and a Dense."""

    def make(inputs: np.ndarray) -> tuple[Export, np.ndarray]:
        import keras

        model = keras.Sequential(
            [
                keras.Input((STEPS, FEATURES)),
                keras.layers.GRU(HIDDEN, reset_after=reset_after, return_sequences=True),
                keras.layers.Dense(OUTPUTS),
            ]
        )
        random = np.random.default_rng(SEED)
        model.set_weights([weights(weight.shape, random) for weight in model.get_weights()])
        outputs = keras.ops.convert_to_numpy(model(inputs, training=False))
        return gru_export.from_keras(model), outputs

    return make


def onnx_model(linear_before_reset: int) -> Maker:
    """A GRU of either reset, MatMul and Add; run by onnxruntime."""

    def make(inputs: np.ndarray) -> tuple[Export, np.ndarray]:
        import onnxruntime
        from onnx_models import gru_model

        model = gru_model(
            {"linear_before_reset": linear_before_reset}, head="matmul_add", hidden=HIDDEN
        )
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), providers=["CPUExecutionProvider"]
        )
        [outputs] = session.run(["y"], {"x": inputs.swapaxes(0, 1)})
        return gru_export.from_onnx(model), outputs.swapaxes(0, 1)

    return make


def flax_linen_model(inputs: np.ndarray) -> tuple[Export, np.ndarray]:
    """An RNN of a GRUCell and a Dense."""
    import jax
    from flax import linen

    model = linen.Sequential([linen.RNN(linen.GRUCell(HIDDEN)), linen.Dense(OUTPUTS)])
    random = np.random.default_rng(SEED)
    variables = jax.tree.map(
        lambda leaf: weights(leaf.shape, random), model.init(jax.random.key(SEED), inputs)
    )
    return gru_export.from_flax_linen(variables), np.asarray(model.apply(variables, inputs))


MAKERS: dict[str, Maker] = {
    "torch": torch_model,
    "keras_reset_after": keras_model(reset_after=True),
    "keras_reset_before": keras_model(reset_after=False),
    "onnx_linear_before_reset_0": onnx_model(0),
    "onnx_linear_before_reset_1": onnx_model(1),
    "flax_linen": flax_linen_model,
}


def main() -> int:
    """Writes every folder and returns 0, or 1 if nothing could be made."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    out: Path = parser.parse_args().folder
    calibration, inputs = (
        np.random.default_rng(seed).normal(size=(SEQUENCES, STEPS, FEATURES)).astype(np.float32)
        for seed in (SEED + 1, SEED + 2)
    )
    made = 0
    for name, make in MAKERS.items():
        try:
            export, outputs = make(inputs)
        except ImportError as error:
            print(f"{name}: left out, {error.name} is not installed", file=sys.stderr)
            continue
        folder = out / name
        folder.mkdir(parents=True, exist_ok=True)
        export.write(folder / "model.safetensors")
        data = {
            "calibration": calibration,
            "inputs": inputs,
            "outputs": np.ascontiguousarray(outputs, np.float32),
            "labels": outputs.argmax(axis=-1).astype(np.int32),
        }
        for stem, array in data.items():
            np.save(folder / f"{stem}.npy", array)
        print(name)
        made += 1
    return 0 if made else 1


if __name__ == "__main__":
    raise SystemExit(main())

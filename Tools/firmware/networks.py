"""Writes random GRU networks as a trained model's files: weights, description, calibration."""

import json
import pathlib
import random
import struct
from array import array


def safetensors(tensors: dict[str, tuple[list[int], array]]) -> bytes:
    """Format: length of the JSON, JSON with each tensor's place, contents."""
    header, contents = {}, b""
    for name, (shape, values) in tensors.items():
        end = len(contents) + 4 * len(values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(contents), end]}
        contents += values.tobytes()
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + contents


def npy(shape: tuple[int, ...], values: array) -> bytes:
    """Version 1.0 of the format: magic, length of the header, header, contents."""
    kind = {"f": "<f4", "i": "<i4"}[values.typecode]
    header = repr({"descr": kind, "fortran_order": False, "shape": shape})
    header += " " * (63 - (len(header) + 10) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + values.tobytes()


def write_network(
    folder: pathlib.Path, input: int, hidden: int, reset: str, tokens: bool, span: float = 1,
    candidate: str = "tanh",
) -> None:
    """A GRU of PyTorch's layout with weights uniform within ±1/√H, and inputs uniform within ±span."""
    generator = random.Random(f"{input} {hidden}")
    bound = hidden**-0.5

    def uniform(count: int, bound: float) -> array:
        return array("f", (generator.uniform(-bound, bound) for _ in range(count)))

    def tensor(*shape: int) -> tuple[list[int], array]:
        return list(shape), uniform(shape[0] * (shape[1] if len(shape) > 1 else 1), bound)

    rows, steps = 3 * hidden, 64
    model = {
        "gru.weight_ih_l0": tensor(rows, input),
        "gru.weight_hh_l0": tensor(rows, hidden),
        "gru.bias_ih_l0": tensor(rows),
        "gru.bias_hh_l0": tensor(rows),
    }
    gru = {"kind": "gru", "tensors": "gru", "layout": "pytorch", "reset": reset}
    layers = [gru | {"candidate": candidate}]
    if tokens:
        layers.insert(0, {"kind": "onehot", "size": input})
        calibration = npy((steps,), array("i", (generator.randrange(input) for _ in range(steps))))
    else:
        calibration = npy((steps, input), uniform(steps * input, span))
    (folder / "model.safetensors").write_bytes(safetensors(model))
    (folder / "network.json").write_text(json.dumps({"format": 1, "layers": layers}))
    (folder / "calibration.npy").write_bytes(calibration)

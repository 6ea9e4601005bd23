"""Writes what the page about the exporters reads: model.onnx, a model.keras that is refused, and
my_network.py with a PyTorch module."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "exporters" / "tests"))

import keras
import onnx
from onnx_models import gru_model

MODULE = """import torch
gru, fc1, fc2 = torch.nn.GRU(3, 8), torch.nn.Linear(8, 5), torch.nn.Linear(5, 2)
module = torch.nn.ModuleDict({"gru": gru, "fc1": fc1, "fc2": fc2})
"""

onnx.save(gru_model({"linear_before_reset": 1}), "model.onnx")
keras.Sequential(
    [keras.Input((5, 3)), keras.layers.GRU(8, recurrent_activation="hard_sigmoid", name="gru")]
).save("model.keras")
pathlib.Path("my_network.py").write_text(MODULE)

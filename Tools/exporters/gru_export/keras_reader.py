"""Keras 3 and tf.keras: Sequential and Functional models that are a chain of layers."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np

from .errors import ExportError
from .export import Export, InputScale
from .layers import GRU, Activation, Array, Dense, Embedding, Layer, fuse, real

Config = dict[str, Any]

ACTIVATIONS: dict[str, Activation] = {
    "linear": "none",
    "relu": "relu",
    "tanh": "tanh",
    "sigmoid": "sigmoid",
    "softmax": "softmax",
}
CONTAINERS = ("Sequential", "Functional", "Model")
WITHOUT_EFFECT = (
    "InputLayer",
    "Dropout",
    "SpatialDropout1D",
    "GaussianDropout",
    "GaussianNoise",
    "ActivityRegularization",
)
# The settings that a layer may have, by class.
SETTINGS: dict[str, dict[str, tuple[Any, ...]]] = {
    "GRU": {
        "activation": ("tanh", "relu"),
        "recurrent_activation": ("sigmoid",),
        "reset_after": (True, False),
        "go_backwards": (False,),
    },
    "Dense": {"activation": tuple(ACTIVATIONS)},
    "Activation": {"activation": tuple(ACTIVATIONS)},
    "ReLU": {"max_value": (None,), "negative_slope": (0, None), "threshold": (0, None)},
    "Softmax": {"axis": (-1,)},
    "Embedding": {"mask_zero": (False,)},
    "Normalization": {"invert": (False, None)},
    "TimeDistributed": {},
}
ADVICE = {
    "Bidirectional": "the backward half needs the end of the sequence first; retrain without it",
    "BatchNormalization": "fold its scale and offset into the dense layer before it",
    "CuDNNGRU": "load its weights into a GRU layer with reset_after=True, and save that",
    "LSTM": "retrain with a GRU layer",
    "Lambda": "it holds code; replace it by layers",
    "Masking": "a device sees no padding; train without the mask, or drop the layer",
    "RNN": "use the layer GRU in place of RNN(GRUCell)",
    "Sequential": "add its layers to the model itself",
    "Functional": "add its layers to the model itself",
    "SimpleRNN": "retrain with a GRU layer",
    "hard_sigmoid": "retrain, or fine-tune, with recurrent_activation='sigmoid'",
    "go_backwards": "reverse the data instead, where it is whole; a stream can't be reversed",
    "mask_zero": "a device sees no padding; train without the mask",
}


def from_keras(model: keras.Model) -> Export:
    """Reads a built model; nothing is compiled or run."""
    if type(model).__name__ not in CONTAINERS:
        raise ExportError(
            model.name, f"is a {type(model).__name__}, expected a Sequential or Functional model"
        )
    if not model.built:
        raise ExportError(model.name, "is not built, expected an Input layer or a first call")
    config = model.get_config()
    chain = _chain(config)
    _check_all(chain, config)
    layers: list[Layer] = []
    scale = None
    for entry in chain:
        name = entry["config"]["name"]
        if entry["class_name"] == "Normalization":
            if layers or scale:
                raise ExportError(name, "is a Normalization, expected it to be the first layer")
            scale = model.get_layer(name)
        elif entry["class_name"] not in WITHOUT_EFFECT:
            _append(layers, entry, model.get_layer(name))
    return Export(
        tuple(layers), _input_scale(scale, layers[0].inputs) if scale and layers else None
    )


def from_keras_file(path: Path) -> Export:
    """Reads a .keras or .h5 file; unknown classes are refused before anything is built."""
    try:
        config = json.loads(_config_text(path))
        kind = config["class_name"]
        if kind in CONTAINERS:
            _check_all(config["config"]["layers"], config)
    except ExportError:
        raise
    except Exception as error:  # a file that is damaged, or no model, can raise anything
        raise ExportError(
            "",
            "tells no layers, expected a whole Sequential or Functional model",
            "weights alone tell neither activations nor reset_after: model.save('model.keras')",
        ) from error
    if kind not in CONTAINERS:
        raise ExportError("", f"holds a {kind}, expected a Sequential or Functional model")
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # a malformed file can raise anything
        reason = str(error).strip().split("\n")[0]
        raise ExportError("", f"Keras {keras.__version__} cannot load it: {reason}") from error
    return from_keras(model)


def _config_text(path: Path) -> str | bytes:
    if path.suffix == ".keras":
        with zipfile.ZipFile(path) as archive:
            return archive.read("config.json")
    with h5py.File(path) as file:
        text: str | bytes = file.attrs["model_config"]
        return text


def _check_all(entries: list[Config], config: Config) -> None:
    for entry in entries:
        _check(entry)
    _expect_no_code(config)


def _expect_no_code(value: Any) -> None:
    """Refuses a file that names modules other than those of Keras."""
    if isinstance(value, dict):
        module = value.get("module")
        if isinstance(module, str) and module.split(".")[0] not in ("keras", "builtins"):
            raise ExportError("", f"names the module '{module}', expected none but keras")
    for part in value.values() if isinstance(value, dict) else value:
        if isinstance(part, (dict, list)):
            _expect_no_code(part)


def _chain(config: Config) -> list[Config]:
    """Returns the layers in the order of the data."""
    if "input_layers" not in config:
        return list(config["layers"])
    layers = {entry["config"]["name"]: entry for entry in config["layers"]}
    ends = list(_sources(config["output_layers"]))
    if len(ends) != 1:
        raise ExportError(config["name"], f"has {len(ends)} outputs, expected one")
    chain: list[Config] = []
    while ends:
        entry = layers[ends[0]]
        chain.append(entry)
        ends = list(_sources(entry["inbound_nodes"]))
        if len(ends) > 1:
            raise ExportError(
                entry["config"]["name"],
                f"has {len(ends)} inputs ({', '.join(ends)}), expected a chain of layers",
                "initial states, masks and layers used twice are inputs too",
            )
    return chain[::-1]


def _sources(value: Any) -> Iterator[str]:
    """Finds every [layer, node, tensor] in the description of a connection."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        if len(value) == 3 and [type(part) for part in value] == [str, int, int]:
            yield value[0]
        else:
            for part in value:
                yield from _sources(part)


def _check(entry: Config) -> None:
    """Refuses what is not exported, from the description alone."""
    kind, config = entry["class_name"], entry["config"]
    name = config.get("name", kind)
    if kind not in SETTINGS and kind not in WITHOUT_EFFECT:
        hints = [ADVICE[kind]] if kind in ADVICE else []
        known = ", ".join([*SETTINGS, *WITHOUT_EFFECT])
        raise ExportError(name, f"is a {kind}, expected one of {known}", *hints)
    for key, allowed in SETTINGS.get(kind, {}).items():
        value = config.get(key)
        if value not in allowed:
            word = (
                "not given"
                if value is None
                else value
                if isinstance(value, (str, int, float))
                else "custom"
            )
            expected = " or ".join(map(str, allowed))
            hints = [ADVICE[hint] for hint in (key, str(word)) if hint in ADVICE]
            raise ExportError(name, f"{key} is {word}, expected {expected}", *hints)
    if kind == "TimeDistributed":
        if config["layer"]["class_name"] not in ("Dense", "Dropout", "Activation"):
            wrapped = config["layer"]["class_name"]
            raise ExportError(name, f"is a TimeDistributed {wrapped}, expected that of a Dense")
        _check(config["layer"])


def _append(layers: list[Layer], entry: Config, layer: keras.layers.Layer) -> None:
    kind, config = entry["class_name"], entry["config"]
    name = config["name"]
    if kind == "GRU":
        layers.append(_gru(name, config, layer.cell))
    elif kind == "Dense":
        bias = _array(f"{name}.bias", layer.bias) if layer.use_bias else None
        layers.append(Dense.of_kernel(name, _array(f"{name}.kernel", layer.kernel), bias))
        fuse(layers, ACTIVATIONS[config["activation"]], name)
    elif kind == "TimeDistributed":
        if config["layer"]["class_name"] not in WITHOUT_EFFECT:
            _append(layers, config["layer"], layer.layer)
    elif kind == "Embedding":
        layers.append(Embedding.of(name, _array(f"{name}.embeddings", layer.embeddings)))
    elif kind == "Activation":
        fuse(layers, ACTIVATIONS[config["activation"]], name)
    else:
        fuse(layers, ACTIVATIONS[kind.lower()], name)


def _gru(name: str, config: Config, cell: keras.layers.GRUCell) -> GRU:
    """Writes kernel (I, 3H), recurrent_kernel (H, 3H), and bias (2, 3H), or (3H) for before."""
    tensors = {
        "kernel": _array(f"{name}.kernel", cell.kernel),
        "recurrent_kernel": _array(f"{name}.recurrent_kernel", cell.recurrent_kernel),
    }
    if config["use_bias"]:
        tensors["bias"] = _array(f"{name}.bias", cell.bias)
    return GRU(
        name=name,
        tensors=tensors,
        inputs=tensors["kernel"].shape[0],
        outputs=config["units"],
        layout="keras",
        reset="after" if config["reset_after"] else "before",
        candidate=config["activation"],
    )


def _input_scale(layer: keras.layers.Normalization, inputs: int) -> InputScale:
    """Takes one mean and variance for each feature, or one for all."""
    if layer.mean is None:
        raise ExportError(layer.name, "has no statistics, expected an adapted Normalization")
    mean = _array(f"{layer.name}.mean", layer.mean).ravel()
    variance = _array(f"{layer.name}.variance", layer.variance).ravel()
    if mean.size not in (1, inputs):
        raise ExportError(layer.name, f"has {mean.size} means, expected {inputs} or one")
    std = np.maximum(np.sqrt(variance), np.float32(keras.config.epsilon()))
    return InputScale(np.broadcast_to(mean, inputs), np.broadcast_to(std, inputs))


def _array(where: str, variable: Any) -> Array:
    return real(where, keras.ops.convert_to_numpy(variable))

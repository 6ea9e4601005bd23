"""The activations of JAX, which are plain functions."""

from collections.abc import Callable
from typing import Any

import jax

from .layers import Activation

_FUNCTIONS: list[tuple[Callable[..., Any], Activation]] = [
    (jax.nn.relu, "relu"),
    (jax.nn.tanh, "tanh"),
    (jax.numpy.tanh, "tanh"),
    (jax.lax.tanh, "tanh"),
    (jax.nn.sigmoid, "sigmoid"),
    (jax.lax.logistic, "sigmoid"),
    (jax.nn.softmax, "softmax"),
    (jax.nn.identity, "none"),
]


def activation_named(function: object) -> Activation | None:
    """Returns the word for one of the functions that are exported, None for anything else."""
    return next((word for known, word in _FUNCTIONS if known is function), None)

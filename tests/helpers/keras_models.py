"""What the tests of the Keras source share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from zoo_keras.build import build
from zoo_keras.loader import KerasLoader
from zoo_keras.names import application
from zoo_keras.tensors import named_variables

from zoo.core.protocols.backbone import Backbone, LocalWeights

LOADER = KerasLoader()


def opened(name: str, weights: Path | None = None, side: int = 32, *, seed: int = 3) -> Backbone:
    keras.utils.set_random_seed(seed)
    local = None if weights is None else LocalWeights(weights, sha256="", origin=str(weights))
    return LOADER.open(LOADER.describe(name), local, input_size=(side, side))


def stirred(name: str, side: int = 32) -> Any:
    """The application with no tensor at the constant that it starts from."""
    keras.utils.set_random_seed(7)
    module = build(application(name), (side, side))
    stir(module)
    return module


def stir(module: Any) -> None:
    generator = np.random.default_rng(5)
    for variable in named_variables(module).values():
        noise = generator.random(variable.shape)
        if np.dtype(variable.dtype).kind == "f":
            # Variances stay positive.
            variable.assign(np.asarray(variable) + 0.1 * noise.astype(np.float32))
        else:
            variable.assign(np.asarray(variable) + 3)


def pictures(side: int = 32, count: int = 2) -> np.ndarray[Any, Any]:
    return np.random.default_rng(11).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def features(backbone: Backbone, pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.asarray(backbone.module(backbone.prepare(pixels), training=False))


def values(module: Any) -> dict[str, np.ndarray[Any, Any]]:
    return {name: np.array(variable) for name, variable in named_variables(module).items()}

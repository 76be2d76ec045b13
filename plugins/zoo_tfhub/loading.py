"""A SavedModel's folder becomes a live object: the one place that runs what its author wrote."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import tensorflow as tf

from zoo.errors import ConfigError, IntegrityError, MissingPlugin, ResourceError, ZooError

_UNKNOWN_OP = "Op type not registered"
_RESOURCES = (tf.errors.ResourceExhaustedError, MemoryError)


def load(folder: Path, name: str) -> Any:
    """Load a SavedModel.

    Returns:
        an object with ``__call__``, a function with traces, or with ``signatures``, and what else the model
        has: ``variables``, ``trainable_variables``, ``regularization_losses``.

    Raises:
        MissingPlugin: it computes with operations of a library that is not installed.
        ConfigError: there is no way to call it.
        IntegrityError: it is damaged.
    """
    try:
        loaded = _load(folder, name)
    except ZooError:
        raise
    except _RESOURCES as error:
        raise ResourceError(f"no memory to load {name}", path=folder) from error
    # Whatever a damaged graph or checkpoint makes TensorFlow raise: it has no common base.
    except Exception as error:
        raise IntegrityError(
            f"TensorFlow cannot load {name}",
            why=f"{type(error).__name__}: {_first_line(error)}",
            mend="get the model again: it is damaged, or made for another TensorFlow",
            path=folder,
        ) from error
    traced = callable(loaded) and getattr(loaded.__call__, "concrete_functions", None)
    if not traced and not loaded.signatures:
        raise ConfigError(
            f"{name} cannot be called",
            why="it has neither a traced __call__ nor a signature",
            mend="write it with model.export(FOLDER) in Keras 3, or name another model",
            path=folder,
        )
    return loaded


def _load(folder: Path, name: str) -> Any:
    try:
        return tf.saved_model.load(str(folder))
    except Exception as error:
        if _UNKNOWN_OP not in str(error):
            raise
        why = _first_line(error)
    try:
        importlib.import_module("tensorflow_text")  # registers its operations
    except ImportError:
        raise MissingPlugin(
            f"{name} needs operations that TensorFlow alone does not have",
            why=why,
            mend="pip install tensorflow-text",
        ) from None
    return tf.saved_model.load(str(folder))


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [""])[0][:200]

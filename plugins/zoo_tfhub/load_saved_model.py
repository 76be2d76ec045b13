"""A SavedModel's folder becomes a live object: the one place that runs what its author wrote."""

from __future__ import annotations

import importlib
import tempfile
import weakref
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tensorflow as tf

from zoo.errors import ConfigError, IntegrityError, MissingPlugin, ResourceError, ZooError
from zoo_tfhub.seeded_ops import Seed, rewritten, seeds_of

_UNKNOWN_OP = "Op type not registered"
_RESOURCES = (tf.errors.ResourceExhaustedError, MemoryError)


@dataclass(frozen=True)
class Program:
    """A SavedModel as a live object.

    Args:
        loaded: has ``__call__``, a function with traces, or ``signatures``, and what else the model has:
            ``variables``, ``trainable_variables``, ``regularization_losses``.
        seeds: that its random operations draw from; none where none was rewritten.
    """

    loaded: Any
    seeds: tuple[Seed, ...]


def load(folder: Path, name: str) -> Program:
    """Load a SavedModel, its random operations rewritten to draw from a seed where they can be.

    Raises:
        MissingPlugin: it computes with operations of a library that is not installed.
        ConfigError: there is no way to call it.
        IntegrityError: it is damaged.
    """
    try:
        loaded, seeds = _load(folder, name)
    except ZooError:
        raise
    except _RESOURCES as error:
        raise ResourceError(f"no memory to load {name}", path=folder) from error
    # Whatever a damaged graph or checkpoint makes TensorFlow raise: it has no common base.
    except Exception as error:
        raise IntegrityError(
            f"TensorFlow cannot load {name}",
            why=f"{type(error).__name__}: {_first_line(error)}",
            hint="get the model again: it is damaged, or made for another TensorFlow",
            path=folder,
        ) from error
    traced = callable(loaded) and getattr(loaded.__call__, "concrete_functions", None)
    if not traced and not loaded.signatures:
        raise ConfigError(
            f"{name} cannot be called",
            why="it has neither a traced __call__ nor a signature",
            hint="write it with model.export(FOLDER) in Keras 3, or name another model",
            path=folder,
        )
    return Program(loaded, seeds)


def _load(folder: Path, name: str) -> tuple[Any, tuple[Seed, ...]]:
    try:
        return _with_seed(folder) or (tf.saved_model.load(str(folder)), ())
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
            hint="pip install tensorflow-text",
        ) from None
    return _with_seed(folder) or (tf.saved_model.load(str(folder)), ())


def _with_seed(folder: Path) -> tuple[Any, tuple[Seed, ...]] | None:
    """Return the model with rewritten random operations; None where there are none, or TensorFlow refuses
    it."""
    room = tempfile.TemporaryDirectory(prefix="zoo-saved-model-", ignore_cleanup_errors=True)
    # Whatever fails here is tried once more on the model as it is, which tells the reason.
    with suppress(Exception):
        if name := rewritten(folder, Path(room.name)):
            loaded = tf.saved_model.load(room.name)
            # A table may read its asset later than now.
            weakref.finalize(loaded, room.cleanup)
            return loaded, seeds_of(loaded, name)
    room.cleanup()
    return None


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [""])[0][:200]

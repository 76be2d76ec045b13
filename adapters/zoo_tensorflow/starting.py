"""Starting TensorFlow: quietly, with Keras on it, and without taking all of a GPU's memory."""

from __future__ import annotations

import importlib
import os
import sys
from contextlib import suppress
from typing import Any

from zoo.errors import ConfigError

_MEND = "start anew with KERAS_BACKEND=tensorflow in the environment"


def tensorflow() -> Any:
    """Import TensorFlow and Keras once, and see that they fit together.

    Raises:
        ConfigError: Keras runs, or is set to run, on another backend. It is never switched: other code in
            this process may hold models of that backend.
    """
    triton_first()
    if "tensorflow" not in sys.modules and os.environ.get("ZOO_DEBUG", "") in ("", "0"):
        # Read by TensorFlow's C++ side when it is loaded: which CPU it found, which GPU it did not.
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    wanted = os.environ.get("KERAS_BACKEND", "tensorflow")
    if "keras" not in sys.modules and wanted != "tensorflow":
        raise ConfigError(
            f"Keras is set to run on {wanted}, this model needs it on TensorFlow",
            why="KERAS_BACKEND says so",
            mend=_MEND,
        )
    import keras

    found = keras.config.backend()
    if found != "tensorflow":
        raise ConfigError(
            f"Keras runs on {found} in this process, this model needs it on TensorFlow",
            why="the backend is fixed when keras is first imported (KERAS_BACKEND, ~/.keras/keras.json)",
            mend=_MEND,
        )
    for gpu in tf.config.list_physical_devices("GPU"):
        try:
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError:
            # Already in use by the caller's own code, under the caller's own settings.
            break
    return tf


def triton_first() -> None:
    """Load triton's library, where torch brought one, before TensorFlow's.

    Both carry LLVM inside. Loaded in this order they live together; the other way round the second one
    registers its options twice and LLVM ends the process, at the first ``import torchvision``. It costs a
    fifth of a second, and torch itself is not imported.
    """
    if "tensorflow" not in sys.modules:
        with suppress(ImportError):
            importlib.import_module("triton._C.libtriton")

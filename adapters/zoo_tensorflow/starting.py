"""Starting TensorFlow: quietly, with Keras on it, and without taking all of a GPU's memory."""

from __future__ import annotations

import importlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from zoo.errors import ConfigError

_CHATTER = re.compile(rb"[IWE]\d{4} \d|WARNING: All log messages before absl::|To enable the following instr")


def tensorflow() -> Any:
    """Import TensorFlow and Keras once, and see that they fit together.

    Raises:
        ConfigError: Keras runs, or is set to run, on another backend. It is never switched: other code in
            this process may hold models of that backend.
    """
    triton_first()
    with quiet_start():
        import tensorflow as tf

        gpus = tf.config.list_physical_devices("GPU")
        _demand_backend()
    for gpu in gpus:
        try:
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError:
            # Already in use by the caller's own code, under the caller's own settings.
            break
    return tf


def _demand_backend() -> None:
    import keras

    found = keras.config.backend()
    if found != "tensorflow":
        raise ConfigError(
            f"Keras runs on {found} in this process, this model needs it on TensorFlow",
            why="the backend is fixed when keras is first imported (KERAS_BACKEND, ~/.keras/keras.json)",
            mend="start anew with KERAS_BACKEND=tensorflow in the environment",
        )


def demand_settings() -> None:
    """Refuse settings of Keras under which layers that zoo makes would mean something else: a picture's
    channels taken for its columns, a step in float16 whose small gradients are lost.

    Raises:
        ConfigError: names the setting.
    """
    import keras

    settings = {
        "image_data_format": (keras.config.image_data_format(), "channels_last"),
        "floatx": (keras.config.floatx(), "float32"),
        "dtype_policy": (keras.config.dtype_policy().name, "float32"),
    }
    for name, (found, wanted) in settings.items():
        if found != wanted:
            raise ConfigError(
                f"Keras is set to {name} {found!r}; the tensorflow engine needs {wanted!r}",
                mend=f"call keras.config.set_{name}({wanted!r}) first, or change ~/.keras/keras.json",
            )


def triton_first() -> None:
    """Load triton's library, where torch brought one, before TensorFlow's.

    Both carry LLVM inside. Loaded in this order they live together; the other way round the second one
    registers its options twice and LLVM ends the process, at the first ``import torchvision``. It costs a
    fifth of a second, and torch itself is not imported.
    """
    if "tensorflow" not in sys.modules:
        with suppress(ImportError):
            importlib.import_module("triton._C.libtriton")


@contextmanager
def quiet_start() -> Iterator[None]:
    """Keep from stderr what TensorFlow's C++ side says while it is loaded, unless ``-v`` (``ZOO_DEBUG``).

    It tells which CPU instructions and which GPU libraries it found, before its own settings for that are
    read, so only the file descriptor can be held. Whatever else was written meanwhile is passed on.
    """
    if "tensorflow" in sys.modules or os.environ.get("ZOO_DEBUG", "") not in ("", "0"):
        yield
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with tempfile.TemporaryFile() as held:
        sys.stderr.flush()
        own = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(own, 2)
            os.close(own)
            held.seek(0)
            for line in held:
                if not _CHATTER.match(line):
                    os.write(2, line)

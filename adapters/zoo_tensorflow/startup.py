"""Starting TensorFlow: quietly, with Keras on it, and without taking all of a GPU's memory."""

from __future__ import annotations

import importlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from zoo.errors import ConfigError

_CHATTER = re.compile(rb"[IWE]\d{4} \d|WARNING: All log messages before absl::|To enable the following instr")


def tensorflow() -> Any:
    """Import TensorFlow and Keras once, and see that they fit together.

    Raises:
        ConfigError: Keras runs, or is set to run, on another backend. It is never switched: other code in
            this process may hold models of that backend.
    """
    if "keras" not in sys.modules:
        # Keras imports its backend at once, which may not be installed.
        _require_backend(_configured_backend())
    triton_first()
    with quiet_start():
        import tensorflow as tf

        gpus = tf.config.list_physical_devices("GPU")
        import keras

        _require_backend(keras.config.backend())
    for gpu in gpus:
        try:
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError:
            # Already in use by the caller's own code, under the caller's own settings.
            break
    return tf


def _require_backend(found: str) -> None:
    if found != "tensorflow":
        raise ConfigError(
            f"Keras runs on {found[:40]!a} in this process, this model needs it on TensorFlow",
            why="the backend is fixed when keras is first imported (KERAS_BACKEND, ~/.keras/keras.json)",
            hint="start again with KERAS_BACKEND=tensorflow in the environment",
        )


def _configured_backend() -> str:
    """Return the backend that Keras would choose, by its own rules."""
    chosen = os.environ.get("KERAS_BACKEND")
    if chosen:
        return chosen
    home = os.environ.get("KERAS_HOME")
    file = (Path(home) if home else Path.home() / ".keras") / "keras.json"
    try:
        return str(json.loads(file.read_text(encoding="utf-8")).get("backend", "tensorflow"))
    except (OSError, ValueError, AttributeError):
        return "tensorflow"


def require_settings() -> None:
    """Refuse settings of this process under which a model would mean something else, or could not be trained:
    an image's channels taken for its columns, a step in float16 whose small gradients are lost, TensorFlow
    without eager execution.

    Raises:
        ConfigError: names the setting.
    """
    import keras
    import tensorflow as tf

    if tf.distribute.has_strategy():
        raise ConfigError(
            f"a tf.distribute strategy is active ({type(tf.distribute.get_strategy()).__name__})",
            why="the tensorflow engine trains on one device, and variables of a strategy are others",
            hint="call zoo outside of strategy.scope()",
        )
    if not tf.executing_eagerly():
        raise ConfigError(
            "TensorFlow does not execute eagerly here",
            why="this is inside a tf.Graph or tf.function, or tf.compat.v1 has switched eager execution off",
            hint="call zoo outside of it, and without tf.compat.v1.disable_eager_execution() or "
            "disable_v2_behavior() in this process",
        )
    settings = {
        "image_data_format": (keras.config.image_data_format(), "channels_last"),
        "floatx": (keras.config.floatx(), "float32"),
        "dtype_policy": (keras.config.dtype_policy().name, "float32"),
    }
    for name, (found, wanted) in settings.items():
        if found != wanted:
            raise ConfigError(
                f"Keras is set to {name} {found!r}; the tensorflow engine needs {wanted!r}",
                hint=f"call keras.config.set_{name}({wanted!r}) first, or change ~/.keras/keras.json",
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

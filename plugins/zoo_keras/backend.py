"""Keras on TensorFlow, or a refusal: the backend is the user's choice, never switched here."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from zoo.errors import ConfigError


def keras_on_tensorflow() -> Any:
    """Return the module ``keras``, running on TensorFlow with the settings that the applications are
    published for.

    Raises:
        ConfigError: Keras has another backend, or another layout or type of tensors, by its settings.
    """
    if "keras" not in sys.modules:
        _require_tensorflow(_configured())
    import keras

    _require_tensorflow(keras.config.backend())
    settings = {
        "image_data_format": (keras.config.image_data_format(), "channels_last"),
        "floatx": (keras.config.floatx(), "float32"),
        "dtype_policy": (keras.config.dtype_policy().name, "float32"),
    }
    for name, (found, wanted) in settings.items():
        if found != wanted:
            raise ConfigError(
                f"Keras is set to {name} {found!r}; zoo needs {wanted!r}",
                hint=f"call keras.config.set_{name}({wanted!r}) first, or change {_settings_file()}",
            )
    return keras


def _require_tensorflow(backend: str) -> None:
    if backend != "tensorflow":
        raise ConfigError(
            f"Keras runs on {backend[:40]!a} here; zoo trains it on TensorFlow",
            why="the backend is fixed once Keras is imported, and zoo does not change your choice",
            hint="set KERAS_BACKEND=tensorflow before Python starts",
        )


def _configured() -> str:
    """Return the backend that Keras would choose, by its own rules."""
    chosen = os.environ.get("KERAS_BACKEND")
    if chosen:
        return chosen
    try:
        settings = json.loads(_settings_file().read_text(encoding="utf-8"))
        return str(settings.get("backend", "tensorflow"))
    except (OSError, ValueError, AttributeError):
        return "tensorflow"


def _settings_file() -> Path:
    home = os.environ.get("KERAS_HOME")
    return (Path(home) if home else Path.home() / ".keras") / "keras.json"

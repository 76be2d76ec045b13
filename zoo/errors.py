"""The error family: every error says what failed, why, and what to type next.

Each class carries the exit code of the command line and is a builtin error too, so that
``except LookupError`` written before zoo existed goes on working.
"""

from __future__ import annotations

import os
from typing import Any


class ZooError(Exception):
    """Base of every error that zoo raises on purpose.

    Args:
        what: what failed, naming the model, file or setting; one sentence without a full stop.
        why: the cause, where it is known.
        hint: what to type or change next.
        path: the file or folder concerned; printed with ``repr`` so that no control character escapes.
    """

    exit_code = 1

    def __init__(
        self, what: str, *, why: str = "", hint: str = "", path: str | os.PathLike[str] | None = None
    ):
        self.what = what
        self.why = why
        self.hint = hint
        self.where = None if path is None else os.fspath(path)
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """What failed and why, on one line."""
        text = self.what
        if self.where is not None:
            text += f": {self.where!r}"
        return f"{text}: {self.why}" if self.why else text

    def __str__(self) -> str:
        return f"{self.message}\n  hint: {self.hint}" if self.hint else self.message

    def as_json(self) -> dict[str, Any]:
        """Return the error as programs read it (``--json``), schema ``zoo.error/1``."""
        return {
            "schema": "zoo.error/1",
            "error": type(self).__name__,
            "exit_code": self.exit_code,
            "message": self.message,
            "path": self.where,
            "hint": self.hint,
        }


class ConfigError(ZooError, ValueError):
    """A wrong argument, option or setting: the call itself must change."""

    exit_code = 2


class DataError(ZooError, ValueError):
    """The user's data cannot be used as it is."""

    exit_code = 3


class UnknownModel(ZooError, LookupError):
    """No source knows a model of this name."""

    exit_code = 4


class MissingPlugin(ZooError, ImportError):
    """A plugin, or a library that a plugin needs, is not installed."""

    exit_code = 4


class PluginError(ZooError, RuntimeError):
    """An installed plugin is broken or breaks its contract."""

    exit_code = 4


class IntegrityError(ZooError, ValueError):
    """A file is not what it claims to be: wrong digest, damaged, unsafe, or of another model."""

    exit_code = 5


class NetworkError(ZooError, ConnectionError):
    """A server could not be reached, or offline mode forbids to try."""

    exit_code = 6


class ResourceError(ZooError, OSError):
    """Disk, permissions or memory ran out."""

    exit_code = 7


class OutOfMemory(ResourceError, MemoryError):
    """Memory of the device or the machine did not suffice; nothing was changed."""


class NonFiniteError(ZooError, ArithmeticError):
    """The loss or a gradient became infinite or not a number; no weight was changed by that step."""


class GateNotMet(ZooError, AssertionError):
    """``--fail-under``: a metric lies below the required value."""

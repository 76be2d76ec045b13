"""A snapshot of the process state that a plugin must not change while it is loaded."""

from __future__ import annotations

import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any


class Snapshot:
    """The current state; :meth:`undo` restores it later and returns what had changed.

    Watched: environment variables, working folder, standard streams, Python's signal handlers, level and
    handlers of the root logger, warning filters, the random states of ``random`` and numpy.
    """

    def __init__(self) -> None:
        self._saved = [(name, read(), read, write) for name, read, write in _WATCHED]

    def undo(self) -> list[str]:
        """Restore what has changed and return its names."""
        changed = []
        for name, before, read, write in self._saved:
            after = read()
            if before is None or after is None or _same(before, after):
                continue
            write(before)
            changed.append(f"{name} ({_difference(before, after)})" if isinstance(before, dict) else name)
        return changed


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, _Filters):
        return before.tolerates(after)
    return bool(before == after)


def _difference(before: dict[str, Any], after: dict[str, Any]) -> str:
    keys = sorted(str(key) for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    return ", ".join(keys[:3]) + (", ..." if len(keys) > 3 else "")


class _Filters(list[Any]):
    """Return a copy of ``warnings.filters``.

    New filters for certain messages, one module or a library's own category are harmless (numpy adds some
    when it is imported). A filter that silences everything, or removal of filters, hides warnings of others.
    """

    def tolerates(self, after: _Filters) -> bool:
        fresh = [rule for rule in after if rule not in self]
        kept = [rule for rule in after if rule in self]
        return kept == list(self) and all(
            message is not None or module is not None or category.__module__ != "builtins"
            for _, message, category, module, _ in fresh
        )


def _read_environment() -> dict[str, str]:
    return dict(os.environ)


def _write_environment(before: dict[str, str]) -> None:
    for name in set(os.environ) - set(before):
        del os.environ[name]
    os.environ.update(before)


def _read_folder() -> str | None:
    try:
        return os.getcwd()
    except OSError:
        return None


def _read_streams() -> tuple[Any, ...]:
    return sys.stdin, sys.stdout, sys.stderr


def _write_streams(before: tuple[Any, ...]) -> None:
    sys.stdin, sys.stdout, sys.stderr = before


def _read_signals() -> dict[str, Any]:
    return {one.name: signal.getsignal(one) for one in signal.Signals}


def _write_signals(before: dict[str, Any]) -> None:
    if threading.current_thread() is not threading.main_thread():
        # Only the main thread can set handlers, so this thread's plugin cannot have changed them.
        return
    for name, handler in before.items():
        if handler is not None and signal.getsignal(signal.Signals[name]) != handler:
            signal.signal(signal.Signals[name], handler)


def _read_logging() -> tuple[Any, ...]:
    logging = sys.modules.get("logging")
    if logging is None:
        return 30, (), False, 0  # what the module starts with
    return (
        logging.root.level,
        tuple(logging.root.handlers),
        logging.root.disabled,
        logging.root.manager.disable,
    )


def _write_logging(before: tuple[Any, ...]) -> None:
    import logging

    logging.root.setLevel(before[0])
    logging.root.handlers[:] = before[1]
    logging.root.disabled = before[2]
    logging.disable(before[3])


def _read_filters() -> _Filters:
    return _Filters(warnings.filters)


def _write_filters(before: _Filters) -> None:
    # The reset also clears the interpreter's cache of filters.
    warnings.resetwarnings()
    warnings.filters[:] = before  # type: ignore[index]


def _read_random() -> Any:
    import random

    return random.getstate()


def _write_random(before: Any) -> None:
    import random

    random.setstate(before)


def _read_numpy_random() -> Any:
    # Not imported here: where nothing imported it, its state is fresh.
    module = sys.modules.get("numpy.random")
    if module is None:
        return None
    kind, keys, position, has_gauss, gauss = module.get_state(legacy=True)
    return kind, keys.tobytes(), position, has_gauss, gauss


def _write_numpy_random(before: Any) -> None:
    import numpy as np

    kind, keys, position, has_gauss, gauss = before
    np.random.set_state((kind, np.frombuffer(keys, dtype=np.uint32), position, has_gauss, gauss))


_WATCHED: tuple[tuple[str, Callable[[], Any], Callable[[Any], None]], ...] = (
    ("os.environ", _read_environment, _write_environment),
    ("the working folder", _read_folder, os.chdir),
    ("the standard streams", _read_streams, _write_streams),
    ("signal handlers", _read_signals, _write_signals),
    ("the root logger", _read_logging, _write_logging),
    ("warnings.filters", _read_filters, _write_filters),
    ("the state of random", _read_random, _write_random),
    ("the state of numpy.random", _read_numpy_random, _write_numpy_random),
)

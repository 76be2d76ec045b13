"""Calls with a deadline."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


def bounded(call: Callable[[], _T], seconds: float) -> _T:
    """Return the result of ``call``, or raise TimeoutError.

    Timeouts of a client bound neither a name look-up nor an answer that comes byte by byte.
    """
    box: queue.SimpleQueue[tuple[_T | None, Exception | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            box.put((call(), None))
        except Exception as error:
            box.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        value, error = box.get(timeout=max(seconds, 0.01))
    except queue.Empty:
        raise TimeoutError(f"no answer within {max(seconds, 0.01):.0f} s") from None
    if error is not None:
        raise error
    return value  # type: ignore[return-value]

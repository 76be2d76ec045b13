"""Deferred SIGINT and SIGTERM: they wait until a critical block has ended."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

from zoo.errors import NonFiniteError


class Terminated(SystemExit):
    """SIGTERM arrived. Uncaught, it ends the process with 143, as the signal itself does."""

    def __init__(self) -> None:
        super().__init__(128 + signal.SIGTERM)


class Interrupts:
    """Between enter and exit, signals are raised as exceptions, but not inside :meth:`steady`.

    A second signal does not wait. Only the main thread receives signals; in others nothing is done.
    """

    def __init__(self) -> None:
        self._before: dict[int, Any] = {}
        self._arrived: int | None = None
        self._inside = False

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                # None: installed outside of Python, cannot be restored.
                if (before := signal.getsignal(number)) is not None and before is not signal.SIG_IGN:
                    self._before[number] = before
                    signal.signal(number, self._take)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    @property
    def torn(self) -> bool:
        """Whether an exception left :meth:`steady`, so that its work may be half done."""
        return self._inside

    @contextlib.contextmanager
    def steady(self) -> Iterator[None]:
        """Defer signals until the end of this block."""
        self._inside = True
        try:
            yield
        except NonFiniteError:
            # Nothing was changed, as every engine promises. After any other exception what was going on here
            # may be half done.
            self._inside = False
            raise
        self._inside = False
        if self._arrived is not None:
            _throw(self._arrived)

    def _take(self, number: int, frame: FrameType | None) -> None:
        if self._inside and self._arrived is None:
            self._arrived = number
            return
        _throw(number)


def _throw(number: int) -> None:
    if number == signal.SIGTERM:
        raise Terminated
    raise KeyboardInterrupt

"""A guard around third-party code while it is loaded: time limit, stdout, state of the process."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

from zoo.errors import ConfigError
from zoo.plugins.process_snapshot import Snapshot
from zoo.plugins.reports import Unusable


class TimeUp(BaseException):
    """The time limit was reached. Not an ``Exception``, so that ``except Exception`` does not swallow it."""


@contextmanager
def guarded(seconds: float) -> Iterator[None]:
    """Run the block with stdout sent to stderr and a time limit; restore the state of the process afterwards.

    Args:
        seconds: wall-clock limit; 0: none. It needs the main thread and ``SIGALRM``;
            elsewhere nothing can interrupt an import.

    Raises:
        Unusable: the block took longer, or it ended well but had changed the state.
    """
    try:
        with _no_stdout(), _time_limit(seconds):
            before = Snapshot()
            try:
                yield
            except BaseException:
                before.undo()
                raise
            if changed := before.undo():
                raise Unusable(f"it changes {', '.join(changed)} when it is loaded")
    except TimeUp as error:
        raise Unusable(str(error)) from None


def time_limit() -> float:
    """Return the seconds that a plugin may take to load: ``ZOO_PLUGIN_TIMEOUT`` (default: 10).

    Raises:
        ConfigError: the variable is not a number of seconds.
    """
    text = os.environ.get("ZOO_PLUGIN_TIMEOUT") or "10"
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e6:
        raise ConfigError(
            f"ZOO_PLUGIN_TIMEOUT is {text[:40]!a}", hint="give a number of seconds, 0 for no limit"
        )
    return seconds


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    able = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if not able or not seconds:
        yield
        return

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        raise TimeUp(f"took longer than {seconds:g} s to load (ZOO_PLUGIN_TIMEOUT)")

    begun = time.monotonic()
    handler = signal.signal(signal.SIGALRM, stop)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler if handler is not None else signal.SIG_DFL)
        if left:
            # Restore an alarm that was set before.
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - begun), 1e-3), interval)


@contextmanager
def _no_stdout() -> Iterator[None]:
    """Redirect stdout to stderr, for C code and child processes too: stdout is for results."""
    stream = sys.stdout
    saved = None
    try:
        if stream is not None:
            stream.flush()
        saved = os.dup(1)
        os.dup2(2, 1)
    except (OSError, ValueError):
        # No such descriptors, or a closed stream: there is no stdout to protect.
        pass
    sys.stdout = sys.stderr
    try:
        yield
    finally:
        sys.stdout = stream
        if saved is not None:
            with suppress(OSError, ValueError, AttributeError):
                stream.flush()
            os.dup2(saved, 1)
            os.close(saved)

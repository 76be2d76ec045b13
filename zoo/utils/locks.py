"""Locks between processes: they avoid duplicate work; files stay correct without them; waiting is
reported."""

from __future__ import annotations

import logging
import os
import stat
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from zoo.errors import ResourceError

EVERY = 10.0
"""Seconds between two messages about waiting."""

_LOCKS = Path("/proc/locks")
"""Where Linux lists holders of locks; on other systems messages name no process."""
_log = logging.getLogger(__name__)


@contextmanager
def file_lock(
    lock: Path, what: str, *, patience: float, say: Callable[[str], object] = _log.warning
) -> Iterator[None]:
    """Hold a lock between processes inside the block; the lock file stays.

    Args:
        lock: the file, in a folder that exists. A link is not followed.
        what: the object of the wait, such as "model.safetensors".
        patience: seconds to wait.
        say: receives a message every :data:`EVERY` seconds: which process holds the lock.

    Raises:
        filelock.Timeout: another process has not finished.
        ResourceError: something else than a file lies there.
        OSError: the folder cannot be written, or has no locks.
    """
    from filelock import FileLock, Timeout

    _require_file(lock)
    held, begun = FileLock(lock), time.monotonic()
    while True:
        left = patience - (time.monotonic() - begun)
        try:
            held.acquire(timeout=max(0.0, min(EVERY, left)))
            break
        except NotImplementedError:  # a file system without locks
            break
        except Timeout:
            if left <= EVERY:
                raise
            say(_waiting(what, [lock]) or f"waiting for {what}: another process has it")
    try:
        yield
    finally:
        held.release()


@contextmanager
def announced(what: str, locks: Callable[[], Iterable[Path]]) -> Iterator[None]:
    """Report every :data:`EVERY` seconds which process a library with its own locks waits for.

    Args:
        what: the object of the wait.
        locks: returns the lock files that the library may be waiting for.

    Raises:
        ResourceError: something else than a file lies there.
    """
    for lock in locks():
        _require_file(lock)
    done = threading.Event()

    def watch() -> None:
        while not done.wait(EVERY):
            if text := _waiting(what, locks()):
                _log.warning("%s", text)

    threading.Thread(target=watch, daemon=True, name="zoo-waiting").start()
    try:
        yield
    finally:
        done.set()


def _waiting(what: str, locks: Iterable[Path]) -> str:
    """Return which process holds one of the locks; empty: none that is known."""
    holders = {pid for lock in locks if (pid := holder(lock))} - {os.getpid()}
    return f"waiting for {what}: process {min(holders)} has it" if holders else ""


def holder(lock: Path) -> int | None:
    """Return the id of the process that holds a lock on a file; None: none, or unknown."""
    try:
        found = lock.stat()
        place = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
        # "1: FLOCK  ADVISORY  WRITE 26745 fe:00:2262120 0 EOF"; who waits has an arrow after the number.
        lines = [line.split() for line in _LOCKS.read_text().splitlines()]
    except OSError:
        return None
    for words in lines:
        if len(words) > 5 and words[1] == "FLOCK" and words[5] == place and words[4].isdigit():
            return int(words[4]) or None
    return None


def _require_file(lock: Path) -> None:
    try:
        mode = lock.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        kinds = {stat.S_IFLNK: "a link", stat.S_IFDIR: "a folder", stat.S_IFIFO: "a named pipe"}
        raise ResourceError(
            "the lock file is no regular file",
            path=lock,
            why=f"it is {kinds.get(stat.S_IFMT(mode), 'no regular file')}",
            hint=f"remove {str(lock)!r}; zoo creates it again",
        )

"""SHA-256 of files, cached while the files do not change."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from contextlib import suppress
from pathlib import Path

from zoo.errors import IntegrityError, ZooError
from zoo.utils.atomic import atomic_text
from zoo.utils.paths import cache_dir
from zoo.utils.permissions import read_guarded
from zoo.utils.safetensors_header import raise_bad_weights, weights_read_error

INDEX = "digests.json"
_SCHEMA = "zoo.digests/1"
_MOST = 2000
# A change within one tick of the file system's clock leaves no trace in the times; ticks last up to 2 s.
_SETTLED_NS = 2_000_000_000

_Stamp = list[int]
_seen: dict[str, tuple[_Stamp, str]] = {}
"""Digests of this process: weights are checked several times, and the cache folder may be read-only."""


def file_digest(path: str | os.PathLike[str], *, fresh: bool = False) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits.

    The result is cached in this process and in the user's cache folder by device, inode, size and both times.
    While these stay the same the file is not read again. A file that changed within the last two seconds is
    not cached.

    Args:
        path: the file; symbolic links are followed.
        fresh: read the file even if its digest is cached.

    Raises:
        IntegrityError: it is not a regular file.
        ConfigError: there is no such file.
        ResourceError: it cannot be read.
    """
    real = Path(os.path.realpath(path))
    try:
        # Opening a named pipe would block, and opening a device may have effects.
        if not stat.S_ISREG(real.stat().st_mode):
            raise_bad_weights(real, "it is not a regular file", "delete it, or give a .safetensors file")
        with open(real, "rb", opener=_at_once) as file:
            # Use the open file, not whatever has its name by now.
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise_bad_weights(real, "it is not a regular file", "delete it, or give a .safetensors file")
            stamp = _stamp(before)
            if not fresh and (known := _known(str(real), stamp)) is not None:
                return known
            settled = time.time_ns() - max(before.st_mtime_ns, before.st_ctime_ns) > _SETTLED_NS
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            if settled and _stamp(os.fstat(file.fileno())) == stamp:
                _remember(str(real), stamp, digest)
    except IntegrityError:
        raise
    except OSError as error:
        raise weights_read_error(error, Path(path)) from error
    return digest


def verify(path: str | os.PathLike[str], expected: str, *, hint: str = "") -> str:
    """Check a file against the SHA-256 that it should have, and return it.

    Args:
        path: the file.
        expected: 64 hexadecimal digits.
        hint: what to type when they differ; the default tells to delete the file and fetch it again.

    Raises:
        IntegrityError: the digests differ; the message gives both.
    """
    got = file_digest(path)
    if got != expected.lower():
        raise IntegrityError(
            "the file is damaged or not the one expected",
            why=f"its sha256 should be {expected.lower()}, but is {got}",
            hint=hint or f"delete {os.path.realpath(path)!r} and run the same command again",
            path=path,
        )
    return got


def _at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _stamp(found: os.stat_result) -> _Stamp:
    return [found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]


def _load() -> dict[str, tuple[_Stamp, str]]:
    """Return the index; a damaged one is treated as empty, which only costs time."""
    try:
        found = json.loads(read_guarded(cache_dir() / INDEX))
        if found["schema"] != _SCHEMA:
            return {}
        return {
            str(path): ([int(number) for number in stamp], digest)
            for path, (stamp, digest) in found["files"].items()
            if isinstance(digest, str) and len(digest) == 64
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}


def _known(path: str, stamp: _Stamp) -> str | None:
    found = _seen.get(path)
    if found is None or found[0] != stamp:
        found = _load().get(path)
    return found[1] if found is not None and found[0] == stamp else None


def _remember(path: str, stamp: _Stamp, digest: str) -> None:
    _seen[path] = stamp, digest
    index = _load()
    index.pop(path, None)
    index[path] = (stamp, digest)
    kept = dict(list(index.items())[-_MOST:])
    # Two processes may overwrite each other's entries, and the folder may be read-only: both only cost time.
    with suppress(OSError, ZooError):
        cache_dir().mkdir(mode=0o700, parents=True, exist_ok=True)
        text = json.dumps({"schema": _SCHEMA, "files": kept}, indent=0) + "\n"
        atomic_text(cache_dir() / INDEX, text, mode=0o600)

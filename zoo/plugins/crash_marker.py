"""Markers of plugins whose import killed the process: a small file, written before the import, removed after.

``os._exit``, a segmentation fault or the kernel's memory killer leave no exception to catch. The file stays
behind, and the next start finds it.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from zoo.errors import ZooError
from zoo.plugins.discovery import Candidate
from zoo.utils.paths import cache_dir
from zoo.utils.strict_json import read_json

# On Windows os.kill would end the process that it asks about.
_ABLE = os.name == "posix"


@contextmanager
def crumb(one: Candidate) -> Iterator[None]:
    """Keep a file that names the plugin being imported while the block runs; without a cache do nothing."""
    file = _folder() / f"{_key(one)}-{os.getpid()}.json"
    fact = {
        "plugin": one.name,
        "distribution": one.distribution,
        "version": one.version,
        "pid": os.getpid(),
        "host": socket.gethostname(),
    }
    if _ABLE:
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(fact), encoding="utf-8")
    try:
        yield
    finally:
        with suppress(OSError):
            file.unlink(missing_ok=True)


def killed(one: Candidate) -> bool:
    """Return whether a process of this machine died while it imported this version of this plugin."""
    return any(_dead(file) for file in _files(f"{_key(one)}-*.json"))


def forget(name: str) -> int:
    """Forget that the plugin of this name (of its entry point or distribution) killed a process.

    Returns:
        The number of markers removed; the plugin is tried again at the next start.
    """
    count = 0
    for file in _files("*.json"):
        fact = _read(file)
        if name in (fact.get("plugin"), fact.get("distribution")) and _dead(file):
            with suppress(OSError):
                file.unlink()
                count += 1
    return count


def _folder() -> Path:
    return cache_dir() / "plugins"


def _files(pattern: str) -> list[Path]:
    try:
        return sorted(_folder().glob(pattern)) if _ABLE else []
    except OSError:
        return []


def _key(one: Candidate) -> str:
    # The version is part of the name, so that an upgrade is tried again.
    text = "\0".join((one.name, one.distribution, one.version))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]


def _read(file: Path) -> dict[str, object]:
    try:
        fact = read_json(file)
    except ZooError:
        return {}
    return fact if isinstance(fact, dict) else {}


def _dead(file: Path) -> bool:
    fact = _read(file)
    pid = fact.get("pid")
    if not isinstance(pid, int) or not 0 < pid < 2**31 or fact.get("host") != socket.gethostname():
        # Half written, or of another machine that shares this folder: not proof of anything.
        return False
    if pid == os.getpid():
        # This process is not importing it now, so an earlier process had the same number.
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False

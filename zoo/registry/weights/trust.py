"""The list of trusted programs: a model that is a program runs with the user's rights."""

from __future__ import annotations

import json
from pathlib import Path

from zoo.errors import IntegrityError, ZooError
from zoo.utils.atomic import atomic_text
from zoo.utils.paths import cache_dir
from zoo.utils.permissions import read_guarded


def trusted_file() -> Path:
    """Return the path of the list, a file in zoo's cache. It is ignored if other users can write it."""
    return cache_dir() / "trusted.json"


def is_trusted(sha256: str) -> bool:
    """Return whether the user has trusted a program of this digest before."""
    return sha256 in _read()


def remember(sha256: str, what: str) -> None:
    """Trust this digest from now on; if the cache cannot be written, trust is needed again next time."""
    known = _read()
    if sha256 in known:
        return
    try:
        trusted_file().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = json.dumps({**known, sha256: what}, indent=1, sort_keys=True) + "\n"
        atomic_text(trusted_file(), text, mode=0o600)
    except (OSError, ZooError):
        pass


def refusal(what: str) -> IntegrityError:
    """Return the error that asks for trust."""
    return IntegrityError(
        f"{what} is a program, and it is not in the registry",
        why="opening it runs what its author wrote, with your rights",
        hint="if you trust the author, say so: --trust, or zoo.load(..., trust=True)",
    )


def _read() -> dict[str, str]:
    try:
        found = json.loads(read_guarded(trusted_file()))
    except (OSError, ValueError, RecursionError):
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}

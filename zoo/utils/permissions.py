"""Permission checks: caches and files that another user could change."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from zoo.errors import IntegrityError


def require_guarded(place: Path, top: Path, variable: str) -> None:
    """Refuse a cache with a world-writable folder of another user.

    Anyone who may write there can exchange a file after its digest was checked. A folder of another user that
    only its owner can write is a shared cache, and accepted; so is root's with the sticky bit, such as
    ``/tmp``.

    Args:
        place: a file or folder, existing or not; every folder from it up to ``top`` is checked.
        top: the cache's own folder.
        variable: environment variable that names it.

    Raises:
        IntegrityError: there is such a folder.
    """
    if not hasattr(os, "getuid"):  # Windows has no such bits
        return
    for folder in (place, *place.parents):
        try:
            found = folder.lstat()
        except OSError:
            found = None
        if found is not None and stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_IWOTH:
            sticky = found.st_uid == 0 and found.st_mode & stat.S_ISVTX
            if found.st_uid != os.getuid() and not sticky:
                raise IntegrityError(
                    "the cache lies in a folder that everybody may change and that is another user's",
                    path=folder,
                    why=f"its owner is user {found.st_uid}, its mode {stat.S_IMODE(found.st_mode):o}",
                    hint=f"set {variable} to a folder of your own, or let its owner run chmod o-w on it",
                )
        if folder == top:
            return


def read_guarded(path: Path) -> bytes:
    """Read a file that grants rights: only one that no other user could have written.

    Raises:
        OSError: it is absent, unreadable, no regular file, owned by another user than root, or others may
            write to it.
    """
    flags = (
        os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    )
    with os.fdopen(os.open(path, flags), "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise PermissionError(f"{path} is no regular file")
        if hasattr(os, "getuid"):  # Windows has no such bits
            others = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
            if others or found.st_uid not in (0, os.getuid()):
                raise PermissionError(f"others can change {path}")
        return file.read()

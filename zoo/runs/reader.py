"""The one reader of run folders.

A run is untrusted input, so every reader uses this module: regular files only, no link below the run's folder
is followed, nothing blocks, no more is read than the manifest states, and the bytes that are read are those
that are hashed. A file is never opened again by its path after its digest was checked.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from zoo.errors import IntegrityError, ZooError
from zoo.runs.file_names import FileFact, largest

AGAIN = "restore the file or run zoo finetune again"
_PIECE = 2**20
_KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_FILE = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_BY_DESCRIPTOR = os.open in os.supports_dir_fd and hasattr(os, "O_DIRECTORY")


def read(folder: Path, name: str, fact: FileFact | None = None) -> bytes:
    """Read a file of a run.

    Args:
        folder: of the run.
        name: of the file, ``/`` between parts.
        fact: what the manifest states of it; None: it states nothing, and a limit for its name holds.

    Raises:
        IntegrityError: it is missing, no regular file, too large, or not what the manifest states.
    """
    with opened(folder, name, fact) as (file, size):
        return content_of(folder / name, file, size, fact)


def read_optional(folder: Path, name: str) -> bytes | None:
    """Read an optional file of a run; None: it has none.

    Raises:
        IntegrityError: as :func:`read`.
    """
    try:
        os.lstat(folder / name)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise unreadable(folder / name, error) from None
    return read(folder, name)


def copy(folder: Path, name: str, target: Path, fact: FileFact | None = None) -> None:
    """Copy a file of a run to ``target``, synced to disk.

    Raises:
        IntegrityError: as :func:`read`.
        OSError: ``target`` cannot be written.
    """
    digest, done = hashlib.sha256(), 0
    with opened(folder, name, fact) as (file, size), target.open("wb") as writer:
        while piece := file.read(min(_PIECE, size + 1 - done)):
            digest.update(piece)
            writer.write(piece)
            done += len(piece)
        _check(folder / name, done, size, digest.hexdigest(), fact)
        writer.flush()
        os.fsync(writer.fileno())


@contextmanager
def opened(folder: Path, name: str, fact: FileFact | None = None) -> Iterator[tuple[BinaryIO, int]]:
    """Open a regular file of a run; yields it and its size in bytes.

    Raises:
        IntegrityError: as :func:`read`.
    """
    path = folder / name
    try:
        # Opening a device may have effects, so the kind is checked before as well as after.
        mode = os.lstat(path).st_mode
        if not stat.S_ISREG(mode):
            raise not_regular(path, mode)
        descriptor = _open(folder, name.split("/"))
    except (OSError, ValueError) as error:
        if isinstance(error, ZooError):
            raise
        raise unreadable(path, error) from None
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise not_regular(path, found.st_mode)
        size = found.st_size
        if fact is not None and size != fact.size:
            raise _changed(path, f"it has {size:,} bytes, the manifest states {fact.size:,}")
        if size > largest(name):
            raise IntegrityError(
                "a file of the run is too large",
                path=path,
                why=f"it has {size:,} bytes; at most {largest(name):,} are read",
                hint=AGAIN,
            )
        yield file, size


def _open(folder: Path, parts: list[str]) -> int:
    if not _BY_DESCRIPTOR:
        place = folder
        for part in parts:
            place /= part
            if place.is_symlink() or is_junction(place):
                raise not_regular(place, stat.S_IFLNK)
        return os.open(place, _FILE)
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in parts[:-1]:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = below
        return os.open(parts[-1], _FILE, dir_fd=at)
    finally:
        os.close(at)


def is_junction(place: Path | os.DirEntry[str]) -> bool:
    """Return whether a folder is a junction of Windows, which is no symbolic link."""
    attributes = getattr(os.lstat(place), "st_file_attributes", 0)
    return bool(attributes & getattr(stat, "FILE_ATTRIBUTE_REPARSE_POINT", 0))


def content_of(path: Path, file: BinaryIO, size: int, fact: FileFact | None) -> bytes:
    """Read an open file of a run to its end.

    Args:
        path: for messages.
        file: from :func:`opened`, at its beginning.
        size: from :func:`opened`.
        fact: what the manifest states of it.

    Raises:
        IntegrityError: as :func:`read`.
    """
    try:
        # One byte more than expected reveals a file that grows.
        data = file.read(size + 1)
    except OSError as error:
        raise unreadable(path, error) from None
    _check(path, len(data), size, hashlib.sha256(data).hexdigest() if fact else "", fact)
    return data


def _check(path: Path, count: int, size: int, sha256: str, fact: FileFact | None) -> None:
    if count != size:
        raise _changed(path, "it grew or shrank while it was read")
    if fact is not None and sha256 != fact.sha256:
        raise _changed(path, f"sha256 expected {fact.sha256[:12]}..., got {sha256[:12]}...")


def _changed(path: Path, why: str) -> IntegrityError:
    return IntegrityError("a file of the run was changed", path=path, why=why, hint=AGAIN)


def not_regular(path: Path, mode: int) -> IntegrityError:
    """Return the error for an entry that should be a regular file; ``mode`` says what it is."""
    kind = _KINDS.get(stat.S_IFMT(mode), "something else")
    hint = "remove it and restore the file; a run that is a link itself may be given by that link"
    if stat.S_ISLNK(mode):
        # The caches of the Hub and of other tools link to their files.
        hint = "if you trust where the links lead, copy the run with their files: cp -rL RUN NEW_FOLDER"
    return IntegrityError("a run may hold only regular files", path=path, why=f"it is {kind}", hint=hint)


def unreadable(path: Path, error: OSError | ValueError) -> IntegrityError:
    """Return the error for a file of a run that cannot be opened or read."""
    why = (error.strerror if isinstance(error, OSError) else "") or str(error)
    what = "a file of the run is missing" if isinstance(error, FileNotFoundError) else "cannot read the run"
    return IntegrityError(what, path=path, why=why, hint=AGAIN)

"""Atomic file writes: whole or not at all, also after a crash or a power cut."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from zoo.errors import ConfigError, ResourceError, ZooError

TEMPORARY = ".zoo-*.tmp"
"""Glob of the temporary files that a killed process may leave in a folder."""

_WRONG_PLACE = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENOTEMPTY, errno.ENAMETOOLONG, errno.ELOOP}


def atomic_write(
    path: str | os.PathLike[str], data: bytes | Callable[[BinaryIO], None], *, mode: int = 0o666
) -> None:
    """Write a file so that a reader sees the old content or the new, never a part.

    A temporary file in the same folder is written, synced and renamed, and the folder is synced: when the
    call returns, the file survives a power cut. Permissions follow the umask. A symbolic link at ``path``
    is replaced, not followed.

    Args:
        path: the file; its folder must exist.
        data: the content, or a function that writes it to the open binary file it is given.
        mode: permissions, of which the umask takes some away.

    Raises:
        ResourceError: the disk is full, a quota or size limit is reached, or the folder cannot be written.
        ConfigError: the folder does not exist, or ``path`` is a folder.
    """
    needed = len(data) if isinstance(data, bytes) else None
    with (
        _replaced(Path(path), mode, needed) as (_, descriptor),
        os.fdopen(descriptor, "wb", closefd=False) as file,
    ):
        if isinstance(data, bytes):
            file.write(data)
        else:
            data(file)


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield an empty temporary file for a library that writes by name; it replaces ``path`` at the end.

    Durability, permissions and errors are those of :func:`atomic_write`.
    """
    with _replaced(Path(path), 0o666, None) as (temporary, _):
        yield temporary


@contextmanager
def _replaced(target: Path, mode: int, needed: int | None) -> Iterator[tuple[Path, int]]:
    """Yield a new temporary file and its descriptor, and rename it to ``target`` at the end."""
    temporary = target.parent / f".zoo-{secrets.token_hex(8)}.tmp"
    try:
        try:
            # The mode less the umask, which the tempfile module would ignore.
            descriptor = os.open(
                temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode
            )
            try:
                yield temporary, descriptor
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            os.replace(temporary, target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)
    except ZooError:
        raise
    except OSError as error:
        # A writer may fail on another file; that is no error of this one.
        if error.filename is not None and os.fspath(error.filename) not in (
            str(temporary),
            str(target.parent),
        ):
            raise
        raise disk_error(error, target, needed=needed) from error


def atomic_text(path: str | os.PathLike[str], text: str, *, mode: int = 0o666) -> None:
    """:func:`atomic_write` of UTF-8 text, newlines as they are."""
    atomic_write(path, text.encode(), mode=mode)


def disk_error(error: OSError, path: str | os.PathLike[str], *, needed: int | None = None) -> ZooError:
    """Return the :class:`ZooError` for an ``OSError`` on writing ``path``, with a hint.

    Args:
        error: as the operating system raised it.
        path: the file that was to be written.
        needed: bytes that were to be written, where known.

    Returns:
        ConfigError when the path itself is wrong, otherwise ResourceError.
    """
    folder = Path(path).parent
    why = error.strerror or str(error)
    if error.errno in _WRONG_PLACE:
        return ConfigError(
            "cannot write the file",
            why=why,
            hint=f"create the folder {str(folder)!r} or name another",
            path=path,
        )
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        free = _free(folder)
        wanted = "" if needed is None else f"{needed:,} bytes needed, "
        why += f" ({wanted}{'unknown' if free is None else f'{free:,} bytes'} free)"
        hint = f"free space on the disk of {str(folder)!r}, or name a folder on another disk, and try again"
    elif error.errno == errno.EFBIG:
        why += "" if needed is None else f" ({needed:,} bytes needed)"
        hint = "raise the limit on file sizes (ulimit -f) or name a folder on another file system"
    elif error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
        hint = f"name a folder that you may write to, or change the permissions of {str(folder)!r}"
    else:
        hint = f"check the disk of {str(folder)!r}, or name a folder on another one"
    return ResourceError("cannot write the file", why=why, hint=hint, path=path)


def _free(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # a folder cannot be opened there, and a rename is durable by itself
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system that cannot sync folders
            raise
    finally:
        os.close(descriptor)

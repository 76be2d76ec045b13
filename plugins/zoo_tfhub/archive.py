"""Unpacking a model's archive: every member is looked at first, then regular files and folders are written.

The library's own extraction is not used: its filter changes names instead of refusing them, lets links
through, and had holes until 2025.
"""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NoReturn, cast

from zoo.errors import IntegrityError, NetworkError, ZooError

_MOST_MEMBERS = 10_000
_LONGEST_NAME = 1024
_LONGEST_PART = 255
_LARGEST = 64 * 2**30
# Weights hardly shrink; what grows a hundredfold and is not small is made to fill the disk.
_LARGEST_GROWTH = 100
_HARMLESS = 64 * 2**20
_CHUNK = 2**20
# The library reads a member's extended header in one piece, however large it claims to be.
_LARGEST_READ = 4 * 2**20
_ERRORS = (tarfile.TarError, ValueError, OverflowError, zlib.error, gzip.BadGzipFile, RecursionError)


def unpack(archive: Path, folder: Path, name: str) -> None:
    """Unpack a tar file, plain or compressed by gzip, into an empty folder.

    Args:
        archive: the file.
        folder: an existing, empty folder; after an error its content means nothing.
        name: what to call the archive in messages.

    Raises:
        IntegrityError: a member is unsafe or the whole is no sound archive; nothing was written then.
        NetworkError: the archive ends too early.
        OSError: the disk is full or cannot be written.
    """
    with _opened(archive, name) as tar:
        members = _vetted(tar, archive.stat().st_size, name)
        _require_end(archive, name)
    with _opened(archive, name) as tar:
        for member in tar:
            path = folder.joinpath(*_parts(member.name))
            if member.isdir():
                path.mkdir(parents=True, exist_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            source = tar.extractfile(member)
            if source is None or member.name not in members:
                _refuse(name, f"{member.name[:80]!a} is not what it was at the first look")
            _copy(source, path, member.size)


def _vetted(tar: tarfile.TarFile, packed: int, name: str) -> set[str]:
    """Return the names of all members, none of which can do harm."""
    names: set[str] = set()
    files: set[tuple[str, ...]] = set()
    folders: set[tuple[str, ...]] = set()
    total = 0
    for member in tar:
        if len(names) >= _MOST_MEMBERS:
            _refuse(name, f"it has more than {_MOST_MEMBERS:,} members")
        _require_plain(member, name)
        # Where a file system does not tell capitals apart, two names could be one file.
        key = tuple(part.casefold() for part in _parts(member.name))
        if member.isdir():
            folders.add(key)
        elif not key or key in files:
            _refuse(name, f"{member.name[:80]!a} stands twice or has no name")
        else:
            files.add(key)
        folders.update(key[:end] for end in range(1, len(key)))
        names.add(member.name)
        total += member.size
        _require_modest(total, packed, name)
    if both := files & folders:
        _refuse(name, f"{'/'.join(min(both))[:80]!a} is a file and a folder")
    if not files:
        _refuse(name, "it holds no file")
    return names


def _require_plain(member: tarfile.TarInfo, name: str) -> None:
    shown = f"{member.name[:80]!a}"
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE):
        kind = "a link" if member.islnk() or member.issym() else "neither a regular file nor a folder"
        _refuse(name, f"{shown} is {kind}")
    if member.size < 0:
        _refuse(name, f"{shown} has a negative size")
    text = member.name
    if len(text.encode("utf-8", "surrogateescape")) > _LONGEST_NAME or not text.isprintable():
        _refuse(name, f"{shown} is too long or has control characters")
    if text.startswith("/") or "\\" in text or ":" in text:
        _refuse(name, f"{shown} is not a relative path")
    for part in _parts(text):
        if part == ".." or len(part.encode("utf-8", "surrogateescape")) > _LONGEST_PART:
            _refuse(name, f"{shown} leads outside, or a part of it is too long")


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part for part in name.split("/") if part not in ("", "."))


def _copy(source: IO[bytes], path: Path, size: int) -> None:
    with path.open("xb") as target:
        written = 0
        while chunk := source.read(_CHUNK):
            written += len(chunk)
            target.write(chunk)
        if written != size:
            raise EOFError
        target.flush()
        os.fsync(target.fileno())


@contextmanager
def _opened(archive: Path, name: str) -> Iterator[tarfile.TarFile]:
    try:
        with archive.open("rb") as raw:
            stream = cast(IO[bytes], gzip.GzipFile(fileobj=raw) if _is_gzip(archive) else raw)
            with stream, tarfile.open(fileobj=_Bounded(stream), mode="r:") as tar:
                yield tar
    except ZooError:
        raise
    except EOFError:
        raise _cut(name) from None
    except _ERRORS as error:
        if "unexpected end of data" in str(error):
            raise _cut(name) from None
        raise IntegrityError(
            f"{name} is not a sound archive",
            why=str(error)[:200] or type(error).__name__,
            hint="a model is a .tar.gz with saved_model.pb at its top",
        ) from None


def _is_gzip(archive: Path) -> bool:
    with archive.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _require_end(archive: Path, name: str) -> None:
    """gzip's own checksum stands at the end, which reading members alone never reaches."""
    if not _is_gzip(archive):
        return
    packed, total = archive.stat().st_size, 0
    with gzip.open(archive) as stream:
        while chunk := stream.read(_CHUNK):
            total += len(chunk)
            _require_modest(total, packed, name)


def _require_modest(total: int, packed: int, name: str) -> None:
    if total > _LARGEST or (total > _HARMLESS and total > _LARGEST_GROWTH * packed):
        _refuse(name, f"{packed:,} bytes would become {total:,} or more")


class _Bounded(io.RawIOBase):
    """A file that refuses to be read in enormous pieces."""

    def __init__(self, file: IO[bytes]):
        self._file = file

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes."""
        if not 0 <= size <= _LARGEST_READ:
            raise ValueError(f"a header of {size:,} bytes")
        return self._file.read(size)

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """As a file's."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """As a file's."""
        return self._file.tell()


def _cut(name: str) -> NetworkError:
    return NetworkError(f"the archive of {name} breaks off", hint="run the same command again")


def _refuse(name: str, why: str) -> NoReturn:
    raise IntegrityError(
        f"the archive of {name} is not safe to unpack",
        why=why,
        hint="do not use this model; tell its author",
    )

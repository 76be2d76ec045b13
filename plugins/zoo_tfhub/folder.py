"""A SavedModel's folder as it lies on the disk: what it must hold, and its digest."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from zoo.errors import ConfigError, IntegrityError
from zoo.plugin import files

_GRAPHS = ("saved_model.pb", "saved_model.pbtxt")
_TF1 = "tfhub_module.pb"
_KERAS = (".keras", ".h5", ".hdf5")
_MOST_FILES = 10_000


def require_saved_model(folder: Path, name: str) -> None:
    """Refuse what is no TensorFlow 2 SavedModel as far as its files tell.

    Raises:
        ConfigError: TF1's hub format, or models in folders below.
        IntegrityError: no SavedModel at all.
    """
    if (folder / _TF1).exists():
        raise ConfigError(
            f"{name} is in the old format of TensorFlow 1 (hub.Module)",
            why="its graph can neither be called nor trained by TensorFlow 2",
            hint="name a later version, or another model, in SavedModel 2 format",
        )
    if _holds_graph(folder):
        return
    if below := _below(folder):
        # TensorFlow Serving's layout: the newest version is the one that it serves.
        newest = max(below, key=lambda one: (int(one.name) if one.name.isdecimal() else -1, one.name))
        raise ConfigError(
            f"{name} holds SavedModels, but is none itself",
            why=f"saved_model.pb is in {', '.join(one.name for one in below[:5])}",
            hint=f"give that folder: tfhub:{newest}",
        )
    raise IntegrityError(
        f"{name} is not a SavedModel",
        why="there is no saved_model.pb at its top",
        hint="give the folder or archive that holds saved_model.pb itself",
    )


def only_model(folder: Path) -> Path:
    """Return the one SavedModel in an unpacked archive: ``folder``, or its only folder, as ``tar -czf x.tgz
    MODEL`` makes it."""
    below = [] if _holds_graph(folder) or (folder / _TF1).exists() else _below(folder)
    return below[0] if len(below) == 1 else folder


def _holds_graph(folder: Path) -> bool:
    return any((folder / file).is_file() for file in _GRAPHS)


def _below(folder: Path) -> list[Path]:
    try:
        inside = sorted(one for one in folder.iterdir() if one.is_dir())
    except OSError:
        return []
    return [one for one in inside[:_MOST_FILES] if _holds_graph(one)]


def is_archive(path: Path) -> bool:
    """Return whether a file begins as a tar archive does, compressed by gzip or not.

    Raises:
        ResourceError: it cannot be read.
    """
    if not path.is_file():
        return False
    head = _head(path)
    return head.startswith(b"\x1f\x8b") or head[257:262] == b"ustar"


def no_folder(path: Path) -> ConfigError:
    """Return what to say of a file that is neither a SavedModel's folder nor an archive of one."""
    head = _head(path) if path.is_file() else b""
    if path.name in _GRAPHS:
        return ConfigError(
            "this is one file of a SavedModel", hint=f"give its folder: tfhub:{path.parent}", path=path
        )
    if path.suffix in _KERAS or head.startswith(b"\x89HDF"):
        return ConfigError(
            "this is a Keras file, not a SavedModel",
            why="tfhub opens the folder that model.export writes",
            hint="load it in Keras and write one: keras.saving.load_model(FILE).export(FOLDER)",
            path=path,
        )
    if head.startswith(b"PK\x03\x04"):
        return ConfigError("a zip archive is not read", hint="unpack it and give the folder", path=path)
    return ConfigError(
        "neither a folder nor a .tar.gz archive",
        why="a SavedModel is a folder that holds saved_model.pb",
        hint="give that folder",
        path=path,
    )


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(512)
    except OSError as error:
        raise files.disk_error(error, path) from error


def folder_digest(folder: Path, *, fresh: bool = False) -> str:
    """SHA-256 over the sorted relative names of all files and the digests of their contents; ``fresh`` reads
    every file, also one whose digest is remembered.

    Raises:
        IntegrityError: something in the folder is a link, or neither file nor folder: what it leads to may
            change without a trace.
        ResourceError: a file cannot be read.
    """
    return whole_digest(folder, file_digests(folder, fresh=fresh))


def file_digests(folder: Path, *, fresh: bool = False) -> dict[Path, str]:
    """Return the SHA-256 of each file of a SavedModel.

    Raises:
        IntegrityError, ResourceError: as :func:`folder_digest`.
    """
    return {file: files.file_digest(file, fresh=fresh) for _, file in sorted(_files(folder))}


def whole_digest(folder: Path, digests: Mapping[Path, str]) -> str:
    """Return the digest of a folder by those of its files, in the order of their names."""
    whole = hashlib.sha256()
    for file, digest in digests.items():
        name = file.relative_to(folder).as_posix()
        whole.update(f"{name}\0{digest}\n".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def _files(folder: Path) -> list[tuple[str, Path]]:
    found: list[tuple[str, Path]] = []
    waiting = [folder]
    try:
        while waiting:
            for entry in os.scandir(waiting.pop()):
                path = Path(entry.path)
                mode = entry.stat(follow_symlinks=False).st_mode
                if stat.S_ISDIR(mode):
                    waiting.append(path)
                elif stat.S_ISREG(mode):
                    found.append((path.relative_to(folder).as_posix(), path))
                else:
                    raise IntegrityError(
                        "a SavedModel may hold only regular files and folders",
                        why="a link" if stat.S_ISLNK(mode) else "neither a file nor a folder",
                        hint="copy the model with its links resolved (cp -rL) and give the copy",
                        path=path,
                    )
                if len(found) > _MOST_FILES:
                    raise IntegrityError(f"more than {_MOST_FILES:,} files are no SavedModel", path=folder)
    except OSError as error:
        raise files.disk_error(error, folder / "saved_model.pb") from error
    return found

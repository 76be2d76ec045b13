"""A SavedModel's folder as it lies on the disk: what it must hold, and its digest."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from zoo.errors import ConfigError, IntegrityError
from zoo.runs.atomic import disk_error
from zoo.weights.digest import file_digest

_GRAPHS = ("saved_model.pb", "saved_model.pbtxt")
_TF1 = "tfhub_module.pb"
_MOST_FILES = 10_000


def demand_saved_model(folder: Path, name: str) -> None:
    """Refuse what is no TensorFlow 2 SavedModel as far as its files tell.

    Raises:
        ConfigError: TF1's hub format.
        IntegrityError: no SavedModel at all.
    """
    if (folder / _TF1).exists():
        raise ConfigError(
            f"{name} is in the old format of TensorFlow 1 (hub.Module)",
            why="its graph can neither be called nor trained by TensorFlow 2",
            mend="name a later version, or another model, in SavedModel 2 format",
        )
    if not any((folder / file).is_file() for file in _GRAPHS):
        raise IntegrityError(
            f"{name} is not a SavedModel",
            why="there is no saved_model.pb at its top",
            mend="give the folder or archive that holds saved_model.pb itself",
        )


def folder_digest(folder: Path, *, fresh: bool = False) -> str:
    """SHA-256 over the sorted relative names of all files and the digests of their contents; ``fresh`` reads
    every file, also one whose digest is remembered.

    Raises:
        IntegrityError: something in the folder is a link, or neither file nor folder: what it leads to may
            change without a trace.
        ResourceError: a file cannot be read.
    """
    whole = hashlib.sha256()
    for name, file in sorted(_files(folder)):
        whole.update(f"{name}\0{file_digest(file, fresh=fresh)}\n".encode("utf-8", "surrogateescape"))
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
                        mend="copy the model with its links resolved (cp -rL) and give the copy",
                        path=path,
                    )
                if len(found) > _MOST_FILES:
                    raise IntegrityError(f"more than {_MOST_FILES:,} files are no SavedModel", path=folder)
    except OSError as error:
        raise disk_error(error, folder / "saved_model.pb") from error
    return found

"""Contents of a run: tensors, the assets that describe its model, and a check for other kinds of entries."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.errors import IntegrityError, ZooError
from zoo.runs.file_names import ASSETS, FILES, MOST_FILES, TRAINED_ON, FileFact
from zoo.runs.reader import AGAIN, content_of, is_junction, not_regular, opened, read, unreadable
from zoo.utils.atomic import disk_error
from zoo.utils.library_errors import wrap_library_errors

if TYPE_CHECKING:
    from zoo.runs.manifest import Manifest
    from zoo.utils.arrays import Array
    from zoo.utils.safetensors_header import Header


def read_safetensors(folder: Path, name: str, fact: FileFact | None = None) -> tuple[Header, bytes]:
    """Read a safetensors file of a run: its header, validated before the data are read, and the whole
    content.

    Raises:
        IntegrityError: as :func:`read`, or it is no valid safetensors file.
    """
    from zoo.utils.safetensors_header import header_of

    with opened(folder, name, fact) as (file, size):
        header = header_of(folder / name, file, size)
        file.seek(0)
        return header, content_of(folder / name, file, size, fact)


def read_tensors(folder: Path, name: str, fact: FileFact) -> dict[str, Array]:
    """Read the tensors of a safetensors file of a run.

    Raises:
        IntegrityError: as :func:`read_safetensors`.
    """
    from safetensors.numpy import load

    content = read_safetensors(folder, name, fact)[1]
    with wrap_library_errors(f"the tensors of {name} cannot be read"):
        tensors: dict[str, Array] = load(content)
    return tensors


@contextmanager
def verified_assets(folder: Path, manifest: Manifest) -> Iterator[Path | None]:
    """Copy the run's assets, verified, to a private folder, where nothing can exchange them afterwards.

    Yields:
        a temporary folder; None where the run has none.

    Raises:
        IntegrityError: as :func:`read`. An error from inside the block that names a file of the temporary
            folder is changed to name that of the run.
    """
    names = [name for name in manifest.files if name.startswith(f"{ASSETS}/")]
    if not names:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="zoo-") as temporary:
        try:
            for name in names:
                target = Path(temporary, name)
                content = read(folder, name, manifest.files[name])
                try:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(content)
                except OSError as error:
                    raise disk_error(error, target, needed=len(content)) from error
            yield Path(temporary, ASSETS)
        except ZooError as error:
            if error.where and Path(error.where).is_relative_to(temporary):
                error.where = str(folder / Path(error.where).relative_to(temporary))
            raise


def check_intact(folder: Path, manifest: Manifest) -> None:
    """Refuse a run if a file that the manifest states is missing or changed.

    Raises:
        IntegrityError: names the file.
    """
    if manifest.weights_file not in manifest.files:
        raise no_weights(folder, manifest)
    for name, fact in manifest.files.items():
        if name in (manifest.weights_file, TRAINED_ON):
            read_safetensors(folder, name, fact)
        else:
            read(folder, name, fact)


def no_weights(folder: Path, manifest: Manifest) -> IntegrityError:
    """Return the error of a run whose manifest states no weights."""
    return IntegrityError("the run has no weights", path=folder / manifest.weights_file, hint=AGAIN)


def check_plain(folder: Path) -> None:
    """Refuse to write to a run that holds anything but regular files and folders.

    A link in it would redirect what is written or removed to another place.

    Raises:
        IntegrityError: names the entry.
    """
    waiting, count = [folder], 0
    try:
        while waiting:
            for entry in os.scandir(waiting.pop()):
                count += 1
                mode = entry.stat(follow_symlinks=False).st_mode
                if stat.S_ISDIR(mode) and not is_junction(entry) and entry.name not in FILES:
                    waiting.append(Path(entry.path))
                elif not stat.S_ISREG(mode):
                    raise not_regular(Path(entry.path), mode)
                if count > MOST_FILES:
                    raise IntegrityError(f"more than {MOST_FILES:,} files are no run", path=folder)
    except OSError as error:
        if isinstance(error, ZooError):
            raise
        raise unreadable(folder, error) from None

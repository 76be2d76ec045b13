"""Registration of runs in the local registry."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from zoo.errors import ConfigError, IntegrityError, ResourceError
from zoo.runs.file_names import UNSTATED
from zoo.runs.local_index import WORKING, locked, write_index
from zoo.runs.local_names import LocalName, check_name, registry_dir, versions_of
from zoo.runs.manifest import Manifest, read_manifest
from zoo.runs.marker import NAME as MANIFEST
from zoo.runs.marker import completing, is_run
from zoo.runs.reader import copy
from zoo.utils.atomic import disk_error


def register(run: str | os.PathLike[str], name: str) -> LocalName:
    """Copy a run to the local registry, verified, under the next version of a name.

    Nothing is overwritten: the same run registered twice has two versions.

    Args:
        run: its folder.
        name: small letters, digits, ``-`` and ``_``.

    Raises:
        ConfigError: not a run, or not a valid name.
        IntegrityError: the run is damaged.
        ResourceError: the disk is full, or the registry cannot be written.
    """
    path = Path(run)
    check_name(name)
    if not is_run(path):
        raise ConfigError(
            "there is no complete run in this folder",
            path=path,
            hint=completing(path) or "give the folder of a finished run",
        )
    manifest = read_manifest(path)
    _require_room(manifest)
    with locked():
        working = registry_dir() / f"{WORKING}{secrets.token_hex(8)}"
        try:
            _copy(path, manifest, working)
            local = _commit(working, name)
        except OSError as error:
            shutil.rmtree(working, ignore_errors=True)
            if isinstance(error, ResourceError):
                raise
            raise disk_error(error, registry_dir() / name) from error
        except BaseException:
            shutil.rmtree(working, ignore_errors=True)
            raise
        write_index()
    return local


def require_registry() -> None:
    """Refuse, before a training, what :func:`register` would refuse after it.

    Raises:
        ResourceError: the registry cannot be written.
    """
    with locked():
        pass


def _commit(working: Path, name: str) -> LocalName:
    home = registry_dir() / name
    if home.is_symlink():
        raise IntegrityError(f"local:{name} is a link", path=home, hint="delete it")
    home.mkdir(exist_ok=True)
    local = LocalName(name, max([0, *versions_of(name)]) + 1)
    os.rename(working, local.folder)
    return local


def _copy(run: Path, manifest: Manifest, target: Path) -> None:
    """Copy the files that the manifest names, each verified by its digest; the manifest last."""
    target.mkdir(mode=0o700)
    for name, fact in manifest.files.items():
        file = target / name
        file.parent.mkdir(parents=True, exist_ok=True)
        copy(run, name, file, fact)
    for name in (*UNSTATED, MANIFEST):
        if os.path.lexists(run / name):
            copy(run, name, target / name)


def _require_room(manifest: Manifest) -> None:
    needed = sum(fact.size for fact in manifest.files.values())
    folder = next(one for one in (registry_dir(), *registry_dir().parents) if one.exists())
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise ResourceError(
            "no space for the local registry",
            path=registry_dir(),
            why=f"{needed:,} bytes needed, {free:,} bytes free",
            hint="free space there, or name a folder on another disk with ZOO_HOME",
        )

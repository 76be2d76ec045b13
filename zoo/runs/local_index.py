"""The index of the personal shelf: a list for quick reading, which says what the folders say and no more.

The same folders give the same bytes. It can be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from zoo.errors import IntegrityError, ResourceError, ZooError
from zoo.runs.local_names import LocalName, is_local, parse_local, parse_version, require_inside, shelf_dir
from zoo.runs.marker import NAME as MANIFEST
from zoo.runs.marker import is_run
from zoo.runs.reader import read
from zoo.utils.atomic import TEMPORARY, atomic_text, disk_error
from zoo.utils.locks import alone
from zoo.utils.strict_json import parse_json

Row = dict[str, Any]

INDEX = "index.json"
_SCHEMA = 1
_WAIT = 600.0
WORKING = ".new-"
"""Begins the name of a folder that is being written; nothing that begins so is a model."""


def local_rows() -> list[Row]:
    """What is on the personal shelf, as rows of the shelf of models, sorted by id.

    A model that is not as it was registered is named on stderr and its row says so in ``summary``.

    Raises:
        IntegrityError: the index was made by a newer zoo.
    """
    found = []
    for entry in entries():
        row = dict(entry["row"])
        fault = fault_of(entry)
        if fault is not None:
            print(f"zoo: {fault.message}", file=sys.stderr)
            row["summary"] = f"NOT IN ORDER: {fault.what}"
        found.append(row)
    return found


def entries() -> list[Row]:
    """The entries of the index, which is made anew where it is missing, damaged or behind the folders.

    Raises:
        IntegrityError: it was made by a newer zoo; it is left alone.
    """
    listed = _read(shelf_dir() / INDEX)
    if listed is not None and _folders() <= {entry["id"] for entry in listed}:
        return listed
    if not shelf_dir().is_dir():
        return []
    try:
        return rebuild()
    except ResourceError:
        # A shelf that cannot be written can be read all the same.
        return _found()


def rebuild() -> list[Row]:
    """Write the index anew from the folders; what another process registers meanwhile is in it.

    Raises:
        ResourceError: the shelf cannot be written.
    """
    with locked():
        return write_index()


def write_index() -> list[Row]:
    """As :func:`rebuild`, for who has the lock."""
    listed = _found()
    text = index_text(listed)
    path = shelf_dir() / INDEX
    if not path.is_file() or path.read_bytes() != text.encode():
        _keep_damaged(path)
        atomic_text(path, text)
    return listed


def index_text(listed: list[Row]) -> str:
    """The bytes of an index, by its entries alone."""
    lines = (json.dumps(one, ensure_ascii=False, sort_keys=True, separators=(",", ":")) for one in listed)
    body = ",\n".join(lines)
    return f'{{"schema": {_SCHEMA}, "models": [\n{body}\n]}}\n'


def fault_of(entry: Row) -> IntegrityError | None:
    """What is wrong with a model, judged by its folder and manifest; its weights are checked when opened."""
    try:
        local = LocalName(entry["name"], entry["version"])
        require_inside(local)
        _require_same(local, entry["manifest"])
    except IntegrityError as error:
        return error
    return None


def verified(local: LocalName) -> Path:
    """The folder of a model that is as it was registered.

    Raises:
        IntegrityError: it is not.
    """
    folder = require_inside(local)
    entry = next((one for one in entries() if one["id"] == str(local)), None)
    if entry is None:
        raise IntegrityError(
            f"the folder of {local} holds no complete run", path=folder, hint="register the run again"
        )
    _require_same(local, entry["manifest"])
    return folder


def folder_of(text: str | os.PathLike[str]) -> Path:
    """The folder that ``local:NAME[@VERSION]`` stands for; anything else is the path that it says.

    Raises:
        UnknownModel: nothing of that name is on the shelf.
        IntegrityError: it is not as it was registered.
    """
    return verified(parse_local(str(text))) if is_local(text) else Path(text)


@contextmanager
def locked() -> Iterator[None]:
    """One process at a time changes the shelf.

    Raises:
        ResourceError: it cannot be written, or another process does not finish.
    """
    from filelock import Timeout

    folder = shelf_dir()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with alone(folder / ".lock", "the personal shelf", patience=_WAIT):
            for name in os.listdir(folder):  # for what a killed process left
                if name.startswith(WORKING):
                    shutil.rmtree(folder / name, ignore_errors=True)
                elif fnmatchcase(name, TEMPORARY):
                    (folder / name).unlink(missing_ok=True)
            yield
    except Timeout:
        raise ResourceError(
            "another process has been changing the personal shelf for ten minutes",
            path=folder,
            hint="wait for it, or end it and try again",
        ) from None
    except OSError as error:
        if isinstance(error, ZooError):
            raise
        raise disk_error(error, folder / INDEX) from error


def _require_same(local: LocalName, sha256: str) -> None:
    path = local.folder / MANIFEST
    found = hashlib.sha256(read(local.folder, MANIFEST)).hexdigest()
    if found != sha256:
        raise IntegrityError(
            f"{local} is not as it was registered",
            path=path,
            why=f"sha256 of its manifest expected {sha256[:12]}..., got {found[:12]}...",
            hint="restore it, register the run anew, or zoo register --rebuild to accept it as it is",
        )


def _read(path: Path) -> list[Row] | None:
    """The entries of an index; None: missing, damaged, or made by an older zoo."""
    try:
        tree = parse_json(path.read_bytes(), max_bytes=2**28, max_keys=10**7)
    except (OSError, ValueError, RecursionError):
        return None
    schema = tree.get("schema") if isinstance(tree, dict) else None
    if isinstance(schema, int) and schema > _SCHEMA:
        raise IntegrityError(
            "the personal shelf was written by a newer zoo",
            path=path,
            why=f"schema {schema}",
            hint="upgrade zoo-adapters",
        )
    listed = tree.get("models") if schema == _SCHEMA else None
    if not isinstance(listed, list) or not all(_is_entry(one) for one in listed):
        return None
    ids = [one["id"] for one in listed]
    return listed if len(set(ids)) == len(ids) else None


def _is_entry(one: Any) -> bool:
    if not isinstance(one, dict) or set(one) != {"id", "name", "version", "manifest", "row"}:
        return False
    version = one["version"]
    if not isinstance(one["name"], str) or type(version) is not int or parse_version(str(version)) is None:
        return False
    # The folder follows from the name, so a name must never be a way out of the shelf.
    from zoo.runs.local_names import check_name

    try:
        check_name(one["name"])
    except ZooError:
        return False
    same = one["id"] == str(LocalName(one["name"], version))
    return same and isinstance(one["row"], dict) and one["row"].get("id") == one["id"]


def _folders() -> set[str]:
    """Ids of the folders that hold a manifest."""
    return {str(local) for local in _all() if is_run(local.folder)}


def _all() -> Iterator[LocalName]:
    from zoo.runs.local_names import names_there, versions_of

    for name in names_there():
        for version in versions_of(name):
            yield LocalName(name, version)


def _found() -> list[Row]:
    """The entries that the folders make; a folder that is no complete run is named on stderr."""
    from zoo.runs.cards import row_of
    from zoo.runs.manifest import read_manifest

    listed = []
    for local in _all():
        try:
            folder = require_inside(local)
            if not is_run(folder):
                continue
            manifest = read_manifest(folder)
        except ZooError as error:
            print(f"zoo: {local} left out: {error.message}", file=sys.stderr)
            continue
        digest = hashlib.sha256(read(folder, MANIFEST)).hexdigest()
        listed.append(
            {
                "id": str(local),
                "name": local.name,
                "version": local.version,
                "manifest": digest,
                "row": row_of(str(local), manifest),
            }
        )
    return sorted(listed, key=lambda entry: (entry["name"], entry["version"]))


def _keep_damaged(path: Path) -> None:
    """A copy of an index that cannot be read; one that is merely behind needs none."""
    if not path.is_file() or _read(path) is not None:
        return
    data = path.read_bytes()
    if data:
        kept = path.with_name(f"{INDEX}.bad-{hashlib.sha256(data).hexdigest()[:8]}")
        kept.write_bytes(data)
        print(f"zoo: the index was damaged and is made anew; the old one is {str(kept)!r}", file=sys.stderr)
